/**
 * What implementations are written with. A transform's body is typed by the input that its contract
 * declares: the runtime has held it against the contract before, nothing here checks it a second
 * time, and nothing here may reach a clock, randomness, a file or the network. What calls the
 * outside says which settings a contract may give it, and gets each call with its signal and key.
 */
import type {
  External,
  ExternalAnswer,
  ExternalCall,
  Transform,
  TransformAnswer,
} from "../protocol/language/capabilities.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";

/** The output of an outcome that says everything by its name. */
export const NOTHING = Object.freeze({});

/** A transform whose input has the type `Input`: what the contract's `input` schema says. */
export function transformOf<Input extends Json>(
  body: (input: Input) => TransformAnswer,
): Transform {
  return (input) => body(input as Input);
}

/** A call whose settings and input have their types. */
export type CallOf<Settings, Input> = Omit<ExternalCall, "settings" | "input"> & {
  readonly settings: Settings;
  readonly input: Input;
};

/**
 * An implementation that calls the outside. `Settings` is what its own schema says; `Input` what the
 * contracts' input schemas say. A contract may be wider than the author of an implementation
 * thought, so one that cannot take every `Json` looks before it calls.
 */
export function externalOf<Settings extends JsonObject, Input extends Json>(external: {
  readonly settings: JsonObject;
  readonly call: (call: CallOf<Settings, Input>) => Promise<ExternalAnswer>;
}): External {
  return {
    settings: external.settings,
    call: (call: ExternalCall) => external.call(call as unknown as CallOf<Settings, Input>),
  };
}
