/** Headers with which a page is cross-origin isolated: it may share memory between threads, and trains with them. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
