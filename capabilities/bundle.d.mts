/** Writes `<name>.js` for every implementation of the table into the folder. */
export function bundleCapabilities(outFolder: string): Promise<void>;
