import { LivegradError } from "../api/errors";

/** A file's bytes as they are served. In Node, file: addresses are read from the disk. Errors say what the file does. */
export async function fetchBytes(
  url: string,
  options: RequestInit,
  onProgress: (bytes: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (url.startsWith("file:")) return readFromDisk(url);
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    throw new Error(`did not arrive (${(error as Error).message})`);
  }
  // A server for single-page applications answers for a missing file with a page.
  if (!response.ok || response.headers.get("content-type")?.startsWith("text/html"))
    throw new Error(`is missing (status ${response.status})`);
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: Error) => {
      throw new Error(`broke off after ${length} bytes (${error.message})`);
    });
    if (done) break;
    parts.push(value);
    length += value.length;
    onProgress(length);
  }
  return join(parts);
}

/** The content of a gzip file; any other file as it is (some servers unpack .gz themselves). */
export async function unpack(bytes: Uint8Array<ArrayBufferLike>, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const gzip = new DecompressionStream("gzip");
    const writer = gzip.writable.getWriter();
    const written = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
    const [unpacked] = await Promise.all([new Response(gzip.readable).arrayBuffer(), written]);
    return new Uint8Array(unpacked);
  } catch {
    throw new LivegradError("invalid_data", name, "The file is a damaged gzip file. Fetch it again.");
  }
}

async function readFromDisk(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await import(/* @vite-ignore */ "node:fs/promises");
  try {
    return new Uint8Array(await readFile(new URL(url)));
  } catch (error) {
    throw new Error(`could not be read (${(error as Error).message})`);
  }
}

/** One after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
