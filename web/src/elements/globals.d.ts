/** The version in package.json, put in by the build. */
declare const __LIVEGRAD_VERSION__: string;
