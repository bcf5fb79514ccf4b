/** Copies a text, and says how that went; `select` is what the reader copies by hand where the browser does not let the page. */
export async function copy(text: string, what: string, select: () => void): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    select();
    return `This browser does not let the page copy: the ${what} is selected, press Ctrl+C.`;
  }
}
