/** The authored tests of a protocol, for whoever runs them: nothing of them is sealed. */
import type { TestCaseText } from "../protocol/language/artifacts.ts";
import type { FullName } from "../protocol/language/names.ts";
import type { Span } from "./diagnostic.ts";
import type { World } from "./model.ts";

export interface AuthoredTest {
  readonly test: FullName;
  readonly workflow: FullName;
  /** The file that it stands in, as it is shown. */
  readonly file: string;
  readonly cases: readonly { readonly text: TestCaseText; readonly span: Span }[];
}

export function authoredTests({ tests }: World): readonly AuthoredTest[] {
  return tests.map(({ artifact, workflow }) => ({
    test: artifact.name,
    workflow,
    file: artifact.document.source.file,
    cases: artifact.text.cases.map((text, at) => ({
      text,
      span: artifact.document.spanOf(["cases", at, "name"]),
    })),
  }));
}
