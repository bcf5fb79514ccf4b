/** What isolation.mjs exports, for the tests in TypeScript. */
export const isolation: Readonly<Record<string, string>>;
