/** The engine's version, as it stands in records and in `pgs --version`; equals package.json's. */
export const VERSION = "0.2.0";
