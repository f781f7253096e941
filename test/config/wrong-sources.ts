/** Sources of a configuration that are refused, each for one thing, and what is told of it. */

export const FILE = "pgs.config.yaml";

export interface Case {
  readonly file?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly code: string;
  readonly place: string;
  /** In the message, or in the hint. */
  readonly says: string;
}

const big = `# ${"x".repeat(1024 * 1024)}\n`;

export const CASES: Readonly<Record<string, Case>> = {
  "an unknown key": {
    file: "wait_seconds: 1\ndata_rot: data\n",
    code: "config/unknown-key",
    place: `${FILE}:2:1`,
    says: "Did you mean `data_root`?",
  },
  "an unknown key inside": {
    file: "batch:\n  concurency: 3\n",
    code: "config/unknown-key",
    place: `${FILE}:2:3`,
    says: "Did you mean `concurrency`?",
  },
  "a key in the wrong place": {
    file: "tenant: acme\n",
    code: "config/unknown-key",
    place: `${FILE}:1:1`,
    says: "Did you mean `operator.tenant`?",
  },
  "a key that is like no other": {
    file: "colour: always\n",
    code: "config/unknown-key",
    place: `${FILE}:1:1`,
    says: "Keys that may stand here: `data_root`",
  },
  "a text for a number": {
    file: 'batch: { concurrency: "8" }\n',
    code: "config/wrong-type",
    place: `${FILE}:1:23`,
    says: "expected an integer from 1 to 1024, found the text `8`",
  },
  "a number for a text": {
    file: "data_root: 5\n",
    code: "config/wrong-type",
    place: `${FILE}:1:12`,
    says: "expected a folder, found `5`",
  },
  "a fraction for an integer": {
    file: "batch: { concurrency: 1.5 }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:23`,
    says: "found `1.5`",
  },
  "a list for a text": {
    file: "snapshot: [a]\n",
    code: "config/wrong-type",
    place: `${FILE}:1:11`,
    says: "found a list",
  },
  "a value for a mapping": {
    file: "operator: root\n",
    code: "config/wrong-type",
    place: `${FILE}:1:11`,
    says: "expected a mapping, found the text `root`",
  },
  "a mapping for a value": {
    file: "wait_seconds: { seconds: 5 }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:15`,
    says: "found a mapping",
  },
  null: {
    file: "traces_dir: null\n",
    code: "config/wrong-type",
    place: `${FILE}:1:13`,
    says: "expected a folder, found nothing",
  },
  "a number out of bounds": {
    file: "wait_seconds: -1\n",
    code: "config/bad-value",
    place: `${FILE}:1:15`,
    says: "expected a number from 0 to 86400, found `-1`",
  },
  "a word that is none of those": {
    file: "batch:\n  traces: some\n",
    code: "config/bad-value",
    place: `${FILE}:2:11`,
    says: "expected one of `all`, `failed`, `none`",
  },
  "an empty folder": {
    file: 'data_root: ""\n',
    code: "config/bad-value",
    place: `${FILE}:1:12`,
    says: "found an empty text",
  },
  "a folder with a NUL": {
    file: 'data_root: "a\\0b"\n',
    code: "config/bad-value",
    place: `${FILE}:1:12`,
    says: "expected a folder",
  },
  "a tenant that is a path": {
    file: "operator: { tenant: ../other }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "expected a tenant's name, found the text `../other`",
  },
  "a tenant that is a device": {
    file: "operator: { tenant: con }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "found the text `con`",
  },
  "a principal with a line break": {
    file: 'operator: { principal: "a\\nb" }\n',
    code: "config/bad-value",
    place: `${FILE}:1:24`,
    says: "expected a principal's name",
  },
  "a text for a list of roles": {
    file: "operator: { roles: clerk }\n",
    code: "config/wrong-type",
    place: `${FILE}:1:20`,
    says: "expected a list of roles, found the text `clerk`",
  },
  "a role that is no word": {
    file: "operator:\n  roles:\n    - clerk\n    - Chief Clerk\n",
    code: "config/bad-value",
    place: `${FILE}:4:7`,
    says: "expected a role, found the text `Chief Clerk`",
  },
  "a role twice": {
    file: "operator: { roles: [a, b, a] }\n",
    code: "config/bad-value",
    place: `${FILE}:1:20`,
    says: "expected each of them once, found the text `a` twice",
  },
  "an attribute that only the runtime gives": {
    file: "operator:\n  attributes:\n    floor: 2\n    identity: runtime\n",
    code: "config/bad-value",
    place: `${FILE}:4:5`,
    says: "expected an attribute's name, found the text `identity`",
  },
  "roles in a variable with an empty one": {
    env: { PGS_OPERATOR_ROLES: "clerk,,auditor" },
    code: "config/bad-value",
    place: "`PGS_OPERATOR_ROLES`",
    says: "expected a role, found an empty text",
  },
  "attributes in a variable that are no JSON": {
    env: { PGS_OPERATOR_ATTRIBUTES: '{"floor":1,"floor":2}' },
    code: "config/wrong-type",
    place: "`PGS_OPERATOR_ATTRIBUTES`",
    says: "expected a mapping",
  },
  "a tenant of the runtime's own": {
    file: "operator: { tenant: _genesis }\n",
    code: "config/bad-value",
    place: `${FILE}:1:21`,
    says: "expected a tenant's name, found the text `_genesis`",
  },
  "a clock skew that would take everything": {
    file: "identity: { clock_skew_seconds: 86400 }\n",
    code: "config/bad-value",
    place: `${FILE}:1:33`,
    says: "expected an integer from 0 to 300",
  },
  "an address to fetch keys from": {
    file: "identity: { jwks_uri: https://a.example/keys }\n",
    code: "config/unknown-key",
    place: `${FILE}:1:13`,
    says: "`jwks_file`",
  },
  "two files of keys": {
    file: "identity:\n  issuer: i\n  audience: a\n  jwks_file: a.json\n  key_file: b.pem\n",
    code: "config/either-or",
    place: `${FILE}:5:13`,
    says: "expected either `identity.jwks_file` or `identity.key_file`, found both",
  },
  "an issuer without keys": {
    file: "identity:\n  issuer: i\n  audience: a\n",
    code: "config/missing-setting",
    place: `${FILE}:2:11`,
    says: "expected `identity.jwks_file` or `identity.key_file` beside it, found neither",
  },
  "keys without an audience": {
    file: "identity: { issuer: i, key_file: a.pem }\n",
    code: "config/missing-setting",
    place: `${FILE}:1:21`,
    says: "expected `identity.audience` beside it, found nothing",
  },
  "a session that is no text": {
    file: "session: 5\n",
    code: "config/wrong-type",
    place: `${FILE}:1:10`,
    says: "found something else (not shown: it is a secret)",
  },
  "a session with a space": {
    env: { PGS_SESSION: "s3cret and more" },
    code: "config/bad-value",
    place: "`PGS_SESSION`",
    says: "found something else (not shown: it is a secret)",
  },
  "a duplicate key": {
    file: "wait_seconds: 1\nwait_seconds: 2\n",
    code: "config/bad-yaml",
    place: `${FILE}:2:1`,
    says: "pgs explain parse/duplicate-key",
  },
  "a tab": {
    file: "batch:\n\tconcurrency: 1\n",
    code: "config/bad-yaml",
    place: `${FILE}:2:1`,
    says: "pgs explain parse/tab-indent",
  },
  "an anchor": {
    file: "data_root: &a data\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:12`,
    says: "pgs explain parse/anchor",
  },
  "a word that readers of YAML take for several things": {
    file: "snapshot: 010\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:11`,
    says: "pgs explain parse/ambiguous-value",
  },
  "a list for everything": {
    file: "- wait_seconds: 1\n",
    code: "config/bad-yaml",
    place: `${FILE}:1:1`,
    says: "expected a mapping of settings, found a list",
  },
  "two documents": {
    file: "wait_seconds: 1\n---\nwait_seconds: 2\n",
    code: "config/bad-yaml",
    place: `${FILE}:3:1`,
    says: "expected one document",
  },
  "bytes that are not UTF-8": {
    file: Uint8Array.of(0x61, 0x3a, 0x20, 0xff),
    code: "config/bad-yaml",
    place: `${FILE}:1:4`,
    says: "pgs explain load/not-utf8",
  },
  "a file that is too large": {
    file: big,
    code: "config/too-large",
    place: `${FILE}:1:1`,
    says: "expected at most 1048576 bytes",
  },
  "an unknown variable": {
    env: { PGS_DATAROOT: "data" },
    code: "config/unknown-variable",
    place: "`PGS_DATAROOT`",
    says: "Did you mean `PGS_DATA_ROOT`?",
  },
  "a variable that is like no other": {
    env: { PGS_EDITOR: "ed" },
    code: "config/unknown-variable",
    place: "`PGS_EDITOR`",
    says: "pgs config show --help",
  },
  "a variable with a text for a number": {
    env: { PGS_BATCH_CONCURRENCY: "0x10" },
    code: "config/wrong-type",
    place: "`PGS_BATCH_CONCURRENCY`",
    says: "found the text `0x10`",
  },
  "a variable out of bounds": {
    env: { PGS_WAIT_SECONDS: "1e9" },
    code: "config/bad-value",
    place: "`PGS_WAIT_SECONDS`",
    says: "found `1000000000`",
  },
  "an empty variable": {
    env: { PGS_SNAPSHOT: "" },
    code: "config/bad-value",
    place: "`PGS_SNAPSHOT`",
    says: "found an empty text",
  },
  "an empty workspace": {
    env: { PGS_WORKSPACE: "" },
    code: "config/bad-value",
    place: "`PGS_WORKSPACE`",
    says: "expected a folder",
  },
  "a flag with a text for a number": {
    args: ["--wait", "soon"],
    code: "config/wrong-type",
    place: "`--wait`",
    says: "found the text `soon`",
  },
  "a flag out of bounds": {
    args: ["--batch", "-", "--concurrency", "1025"],
    code: "config/bad-value",
    place: "`--concurrency`",
    says: "found `1025`",
  },
  "an empty flag": {
    args: ["--data-root", ""],
    code: "config/bad-value",
    place: "`--data-root`",
    says: "found an empty text",
  },
  "an empty workspace as a flag": {
    args: ["--workspace", ""],
    code: "config/bad-value",
    place: "`--workspace`",
    says: "expected a folder",
  },
};
