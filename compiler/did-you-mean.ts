/** What the language says of names that are close; it suggests nothing of its own. */
export { closest, didYouMean } from "../protocol/language/did-you-mean.ts";
