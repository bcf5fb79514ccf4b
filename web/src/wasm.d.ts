// The modules that tools/wasm.mjs builds, one factory each; their types are bindings/livegrad.d.ts.
declare module "*/livegrad-simd.mjs" {
  const create: (options?: object) => Promise<never>;
  export default create;
}
declare module "*/livegrad-relaxed.mjs" {
  const create: (options?: object) => Promise<never>;
  export default create;
}
declare module "*/livegrad-threads.mjs" {
  const create: (options?: object) => Promise<never>;
  export default create;
}
declare module "*/livegrad-check.mjs" {
  const create: (options?: object) => Promise<never>;
  export default create;
}
