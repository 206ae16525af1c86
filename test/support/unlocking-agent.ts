/** A real program that does what its input says, `works`, and where it was advised to unlock first what that says: `advised`. */
export const unlockingAgent = `
let text = "";
process.stdin.on("data", (part) => { text += part; });
process.stdin.on("end", () => {
  const { input, advice } = JSON.parse(text);
  const well = advice.some(({ content }) => content === "unlock it first") ? input.advised : input.works;
  console.log(JSON.stringify(well ? { type: "result", output: "done" } : { type: "error", message: "the ledger is locked" }));
});
`;
