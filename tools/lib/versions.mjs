// Every version that the project pins; tools/cmake/dependencies.cmake states the same ones for C++.
export const emscripten = "3.1.69";
export const catch2 = {
  version: "3.7.1",
  sha256: "c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c",
};
/** Debian packages of headers, and the version of each that is accepted. */
export const headers = [
  { package: "libxtensor-dev", version: "0.25.0", folder: "xtensor" },
  { package: "libxsimd-dev", version: "13.2.0", folder: "xsimd" },
  { package: "xtl-dev", version: "0.7.7", folder: "xtl" },
  { package: "nlohmann-json3-dev", version: "3.11.3", folder: "nlohmann" },
  { package: "libcli11-dev", version: "2.4.1", folder: "CLI" },
];
/** The Debian release whose packages hold all of the above. */
export const debianSuite = "trixie";
/** Names the cache folder: change it when what set-up writes changes. */
export const toolchainId = "1";
