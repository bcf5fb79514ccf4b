# The libraries, at exactly one version each, natively and for WASM: the private copy that `npm run setup` makes,
# else what CMake finds at that very version, else a pinned download (LIVEGRAD_DOWNLOADS), else a clear word.
# tools/lib/versions.mjs states the same versions.
include(FetchContent)
set(LIVEGRAD_TOOLCHAIN ${PROJECT_SOURCE_DIR}/.toolchain)

# Says what is missing, what was found instead, and the ways out.
function(livegrad_missing name version)
  set(refused "")
  foreach(config found IN ZIP_LISTS ${name}_CONSIDERED_CONFIGS ${name}_CONSIDERED_VERSIONS)
    string(APPEND refused " Version ${found} in ${config} is refused: results are promised for ${version} only.")
  endforeach()
  message(FATAL_ERROR "${name} ${version} is missing.${refused} Run `npm run setup` once, or install that version "
    "where CMake finds it (CMAKE_PREFIX_PATH), or add -DLIVEGRAD_DOWNLOADS=ON.")
endfunction()

# A header-only library as the interface target livegrad_<name>.
#   header   a file that it has, relative to its include folder
#   target   the target that its own CMake package offers
function(livegrad_headers name)
  cmake_parse_arguments(arg "" "VERSION;HEADER;TARGET;URL;SHA256" "" ${ARGN})
  add_library(livegrad_${name} INTERFACE)
  if(EXISTS ${LIVEGRAD_TOOLCHAIN}/include/${arg_HEADER})
    set(folder ${LIVEGRAD_TOOLCHAIN}/include)
  else()
    if(NOT EMSCRIPTEN)
      find_package(${name} ${arg_VERSION} EXACT CONFIG QUIET)
    endif()
    if(${name}_FOUND)
      target_link_libraries(livegrad_${name} INTERFACE ${arg_TARGET})
      get_target_property(folder ${arg_TARGET} INTERFACE_INCLUDE_DIRECTORIES)
      message(STATUS "${name} ${arg_VERSION}: ${${name}_DIR}")
    elseif(LIVEGRAD_DOWNLOADS)
      # A SOURCE_SUBDIR that does not exist: only the headers are wanted, not the library's own build.
      FetchContent_Declare(${name} URL ${arg_URL} URL_HASH SHA256=${arg_SHA256} SOURCE_SUBDIR none
        DOWNLOAD_EXTRACT_TIMESTAMP OFF)
      FetchContent_MakeAvailable(${name})
      string(TOLOWER ${name} lower)
      set(folder ${${lower}_SOURCE_DIR}/include)
    else()
      livegrad_missing(${name} ${arg_VERSION})
    endif()
  endif()
  target_include_directories(livegrad_${name} SYSTEM INTERFACE $<BUILD_INTERFACE:${folder}>)
  set(livegrad_${name}_INCLUDE ${folder} PARENT_SCOPE)
endfunction()

set(github https://github.com)
livegrad_headers(xtl VERSION 0.7.7 HEADER xtl/xtl_config.hpp TARGET xtl
  URL ${github}/xtensor-stack/xtl/archive/refs/tags/0.7.7.tar.gz
  SHA256 44fb99fbf5e56af5c43619fc8c29aa58e5fad18f3ba6e7d9c55c111b62df1fbb)
livegrad_headers(xtensor VERSION 0.25.0 HEADER xtensor/xtensor_config.hpp TARGET xtensor
  URL ${github}/xtensor-stack/xtensor/archive/refs/tags/0.25.0.tar.gz
  SHA256 32d5d9fd23998c57e746c375a544edf544b74f0a18ad6bc3c38cbba968d5e6c7)
livegrad_headers(xsimd VERSION 13.2.0 HEADER xsimd/xsimd.hpp TARGET xsimd
  URL ${github}/xtensor-stack/xsimd/archive/refs/tags/13.2.0.tar.gz
  SHA256 edd8cd3d548c185adc70321c53c36df41abe64c1fe2c67bc6d93c3ecda82447a)
livegrad_headers(nlohmann_json VERSION 3.11.3 HEADER nlohmann/json.hpp TARGET nlohmann_json::nlohmann_json
  URL ${github}/nlohmann/json/releases/download/v3.11.3/json.tar.xz
  SHA256 d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
if(NOT EMSCRIPTEN)
  livegrad_headers(CLI11 VERSION 2.4.1 HEADER CLI/CLI.hpp TARGET CLI11::CLI11
    URL ${github}/CLIUtils/CLI11/archive/refs/tags/v2.4.1.tar.gz
    SHA256 73b7ec52261ce8fe980a29df6b4ceb66243bb0b779451dbd3d014cfec9fdbb58)
endif()

# Catch2 is built here, for every target, from source.
if(LIVEGRAD_TESTS)
  set(catch2_source URL ${github}/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz
    URL_HASH SHA256=c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c)
  if(EXISTS ${LIVEGRAD_TOOLCHAIN}/catch2/CMakeLists.txt)
    set(catch2_source SOURCE_DIR ${LIVEGRAD_TOOLCHAIN}/catch2)
  elseif(NOT LIVEGRAD_DOWNLOADS)
    if(NOT EMSCRIPTEN)
      find_package(Catch2 3.7.1 EXACT CONFIG QUIET)
    endif()
    if(NOT Catch2_FOUND)
      livegrad_missing(Catch2 3.7.1)
    endif()
  endif()
  if(NOT Catch2_FOUND)
    FetchContent_Declare(Catch2 ${catch2_source} DOWNLOAD_EXTRACT_TIMESTAMP OFF)
    FetchContent_MakeAvailable(Catch2)
    # One file to compile instead of a hundred.
    set_target_properties(Catch2 PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  endif()
endif()
find_package(Threads REQUIRED)
