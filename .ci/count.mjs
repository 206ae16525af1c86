// How many tests of a step passed and failed: node .ci/count.mjs STATUS REPORT LOG prints two numbers.
// A step without tests counts as one; one that failed has failed at least once, whatever its tests say.
import { existsSync, readFileSync } from "node:fs";

const [status, report, log] = process.argv.slice(2);

function countsOf() {
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return [numPassedTests, numFailedTests];
  }
  const said = /^smoke: (\d+) passed, (\d+) failed/m.exec(readFileSync(log, "utf8"));
  if (said !== null) return [Number(said[1]), Number(said[2])];
  return status === "0" ? [1, 0] : [0, 1];
}

const [passed, failed] = countsOf();
console.log(passed, status === "0" ? failed : Math.max(1, failed));
