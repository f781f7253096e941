/** Diagnostics of the pass `policy`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const POLICY = {
  "policy/added-label": entry<{ place: string; label: string; workflow: string }>(
    (p) =>
      `${quote(p.place)} is ${quote(p.label)} here, and in the payload of ${quote(p.workflow)} it is not`,
    {
      hint: "Give the workflow's own payload the label: what it takes unlabelled stands in records as it is.",
    },
  ),
  "policy/always-forbidden": entry<{ type: string; roles: string }>(
    (p) => `${quote(p.type)} can never be allowed: ${p.roles} forbids it without a condition`,
    { hint: "Give the `forbid` a condition, or remove the intent." },
  ),
  "policy/attribute-differs": entry<{ name: string }>(
    (p) => `the attribute ${quote(p.name)} is of another type elsewhere`,
    { hint: "A caller has one attribute of a name: give this one another name." },
  ),
  "policy/attribute-type": entry<{ name: string }>(
    (p) => `policies cannot see the attribute ${quote(p.name)} with this schema`,
    {
      hint: "Declare text, a whole number, true or false, an object of these, or an array of one of them, and no label.",
    },
  ),
  "policy/bad-syntax": entry<{ problem: string }>((p) => `this is not Cedar: ${p.problem}`),
  "policy/case-payload": entry<{ type: string; problem: string }>(
    (p) => `${quote(p.type)} does not take this payload: ${p.problem}`,
    { hint: "It would be refused before any policy saw it: give the case a payload that fits." },
  ),
  "policy/idle-statement": entry<{ effect: string }>(
    (p) => `this ${quote(p.effect)} never applies to any intent of its policy`,
    { hint: "Name an action of the policy's intents, and a condition that can hold." },
  ),
  "policy/ill-typed": entry<{ problem: string }>((p) => `this cannot be evaluated: ${p.problem}`),
  "policy/impossible-name": entry<{ type: "Tenant" | "Principal"; name: string }>(
    (p) => `nothing can be ${quote(`${p.type}::${JSON.stringify(p.name)}`)}`,
    {
      hint: "A tenant has a lower-case letter, then lower-case letters, digits, `_` and `-`, 63 at most; a principal letters, digits, `.`, `_`, `@` and `-`, 127 at most.",
    },
  ),
  "policy/inexact-number": entry<{ number: string }>(
    (p) => `the number ${quote(p.number)} is larger than any that a payload can hold exactly`,
    { hint: "Write a number between -9007199254740991 and 9007199254740991." },
  ),
  "policy/misleading-text": entry<{ problem: string }>(
    (p) => `this may not be what it looks like: ${p.problem}`,
    { severity: "warning", hint: "Write it in the letters of one script." },
  ),
  "policy/never-allowed": entry<{ type: string; roles: string }>(
    (p) => `${quote(p.type)} can never be allowed: no \`permit\` of ${p.roles} applies to it`,
    { hint: "Every deciding role must allow it: write a policy of each that names it." },
  ),
  "policy/no-statement": entry((): string => "the policy has no statement", {
    hint: "Write a `permit` or a `forbid`, or remove the policy.",
  }),
  "policy/no-such-word": entry<{ word: string }>(
    (p) => `Cedar has ${quote(p.word)}, policies here have not`,
    {
      hint: "No payload holds such a value: compare text, whole numbers, true and false, or sets.",
    },
  ),
  "policy/payload-unfit": entry<{ workflow: string; witness: string }>(
    (p) => `${quote(p.workflow)} does not take ${quote(p.witness)}, which the intent takes`,
    { hint: "An intent's payload is the workflow's, or narrower." },
  ),
  "policy/payload-unproven": entry<{ workflow: string; why: string }>(
    (p) => `it is not proven that ${quote(p.workflow)} takes all that the intent takes: ${p.why}`,
    { hint: "Repeat what the workflow's payload asks for, and add to it." },
  ),
  "policy/reserved-attribute": entry(
    (): string => "the attribute `identity` is the runtime's own to give",
    { hint: "Policies see it of everybody; give this one another name." },
  ),
  "policy/subscription-cycle": entry<{ circle: string }>(
    (p) => `events would call forth events for ever: ${p.circle}`,
    { hint: "Append to another stream, or let one of these intents subscribe to another." },
  ),
  "policy/subscription-requester": entry<{ type: string; workflow: string; node: string }>(
    (p) =>
      `the Post Office asks for ${quote(p.type)}, and ${quote(p.workflow)} waits at ${quote(p.node)} for somebody who did not ask`,
    {
      hint: "Whoever wrote the event would be taken for somebody else: leave `not_requester` out, or let people ask for it.",
    },
  ),
  "policy/subscription-requires": entry<{ type: string }>(
    (p) => `the Post Office can never ask for ${quote(p.type)}: it has no roles and no attributes`,
    { hint: "Declare an intent of its own for the subscription, which requires nothing." },
  ),
  "policy/unknown-word": entry<{ place: string; word: string }>(
    (p) => `${quote(p.place)} can never be ${quote(p.word)}, nor have it in it`,
    { hint: "Name one that there is: a rule about any other is about nothing." },
  ),
  "policy/unseen-member": entry<{ member: string; whose: string }>(
    (p) => `policies do not see ${quote(p.member)}${p.whose}: to ask for it is always false`,
    {
      hint: "Ask for what they see: of a caller what some intent requires, of a payload what is declared, of one kind and without a label.",
    },
  ),
  "policy/unseen-role": entry<{ role: string }>(
    (p) => `no policy can see the role ${quote(p.role)}: no intent requires it, no domain names it`,
    { severity: "warning" },
  ),
  "policy/too-large": entry<{ what: string; limit: string }>(
    (p) => `this policy has ${p.what}, more than the ${p.limit} allowed`,
    { hint: "Write several statements, or several policies: each is asked." },
  ),
} as const;
