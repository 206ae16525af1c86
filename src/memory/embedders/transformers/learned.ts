import type { ScriptName } from "../../meaning/scripts.ts";

/** Everyday sentences of each script, as a text of that script's largest languages would have them. */
const samples: Readonly<Record<ScriptName, string>> = {
  Latin: "The server did not answer in time, so the worker tried again and then gave up",
  Greek: "Ο διακομιστής δεν απάντησε εγκαίρως και η εργασία απέτυχε",
  Cyrillic: "Сервер не ответил вовремя, поэтому задача была запущена снова",
  Arabic: "لم يستجب الخادم في الوقت المحدد ولذلك فشلت المهمة",
  Hebrew: "השרת לא ענה בזמן ולכן המשימה נכשלה",
  Devanagari: "सर्वर ने समय पर उत्तर नहीं दिया इसलिए कार्य विफल रहा",
  Thai: "เซิร์ฟเวอร์ไม่ตอบสนองทันเวลาดังนั้นงานจึงล้มเหลว",
  Han: "服务器没有及时回答，所以这个任务失败了，我们需要再试一次",
  Hiragana: "これはとてもよくできているとおもいますが、もういちどためしてください",
  Katakana: "サーバーエラーのためネットワークアクセスがタイムアウトしました",
  Hangul: "서버가 제때 응답하지 않아서 작업이 실패했습니다",
};

/** Its characters are words: also models that know it well take them one by one. */
const BY_CHARACTER: ScriptName = "Han";
const LETTER = /[\p{L}\p{M}]/gu;
/** A tokenizer that knows a language has pieces of words; one that does not spells it. */
const LEAST_LETTERS_A_TOKEN = 1.5;
const LEAST_BY_CHARACTER = 0.7;

/** The scripts that a model's tokenizer has learned: it cuts their samples into words and pieces, and knows all of them. */
export function learnedScripts(
  tokenize: (text: string) => readonly string[],
  unknown: string | undefined,
): readonly ScriptName[] {
  const names = Object.keys(samples) as readonly ScriptName[];
  return names.filter((name) => {
    const tokens = tokenize(samples[name]);
    const letters = samples[name].match(LETTER)?.length ?? 0;
    const least = name === BY_CHARACTER ? LEAST_BY_CHARACTER : LEAST_LETTERS_A_TOKEN;
    return !tokens.some((token) => token === unknown) && letters / tokens.length >= least;
  });
}
