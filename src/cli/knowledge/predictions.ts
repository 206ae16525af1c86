import type { Predictions } from "../answers.ts";
import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { type Column, table } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";

export const predictions: Command = {
  name: "predictions",
  summary: "Show which agents are likely to fail next and why, or why that is not proven",
  notes: [
    "Forecasts are proven once they beat the base rate on outcomes that came after them (squared error).",
    "Until then no agent is named, and the scheduler takes no notice of them.",
  ],
  examples: ["aios predictions", "aios predictions --json"],
  run: showPredictions,
};

type Prediction = Predictions["items"][number];

const columns: readonly Column<Prediction>[] = [
  { title: "AGENT", of: ({ agent }) => agent },
  { title: "FAILS NEXT", of: ({ failing }) => percent(failing), right: true },
  { title: "SO FAR", of: ({ base }) => percent(base), right: true },
  { title: "WHY", of: ({ why }) => why.join(", "), most: 90 },
];

const percent = (share: number) => `${Math.round(share * 100)} %`;

function sayPredictions({ state, why, items }: Predictions, paint: Paint): string {
  const said = `${state === "proven" ? "proven" : "not proven"}: ${plain(why)}\n`;
  return items.length === 0 ? said : `${said}\n${table(items, columns, paint)}`;
}

async function showPredictions(call: Call): Promise<number> {
  const { api } = await connect(call);
  const view = await read(api.predictions.$get());
  return tell(call, view, () => sayPredictions(view, call.terminal.paint));
}
