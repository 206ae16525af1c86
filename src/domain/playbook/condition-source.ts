import { z } from "zod";
import { json } from "../../events/vocabulary.ts";
import { operatorNames, operators } from "./operators.ts";

/** Conditions as written in a file. Editors complete from it; `readCondition` reads and judges them. */
type ConditionSource =
  | { readonly all: readonly ConditionSource[] }
  | { readonly any: readonly ConditionSource[] }
  | { readonly not: ConditionSource }
  | { readonly path: string }
  | readonly ConditionSource[]
  | Readonly<Record<string, unknown>>;

const leaf = z
  .strictObject({
    path: z.string().describe("Where to look, for example event.data.value, agent.state, failure.code or clock.hour."),
    ...Object.fromEntries(
      operatorNames.map((name) => {
        const { operand, says }: { operand: z.ZodType; says: string } = operators[name];
        return [name, operand.optional().describe(`True when the value ${says} this.`)];
      }),
    ),
  })
  .describe("Compares the value at a path. Several operators must all hold.");

export const conditionSource: z.ZodType<ConditionSource> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(conditionSource).min(1) }).describe("Every condition must hold."),
      z.strictObject({ any: z.array(conditionSource).min(1) }).describe("At least one condition must hold."),
      z.strictObject({ not: conditionSource }).describe("The condition must be false; unknown stays unknown."),
      leaf,
      z.array(conditionSource).describe("Every condition must hold."),
      z
        .record(z.string(), json)
        .describe("Short form: NAME means event.data.NAME; a value means equals, a list means one of."),
    ]),
  )
  .meta({ id: "condition" });
