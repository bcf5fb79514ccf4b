/** Workers must have the page's origin: from elsewhere, a small one of ours imports the real one. */
export function startWorker(url: URL, name: string): Worker {
  const options: WorkerOptions = { type: "module", name };
  if (url.origin === self.origin) return new Worker(url, options);
  const text = `import ${JSON.stringify(url.href)};`;
  // A page without an origin (a sandboxed frame) may not import the text of a blob as a module.
  if (self.origin === "null") return new Worker(`data:text/javascript,${encodeURIComponent(text)}`, options);
  const script = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return new Worker(script, options);
  } finally {
    // The worker has begun to fetch its script by then.
    setTimeout(() => URL.revokeObjectURL(script), 60_000);
  }
}
