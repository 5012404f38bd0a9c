// A skill: it answers messages itself, in place of a model. It knows nothing, so the same question always has the same
// answer: a number made of the question chooses it.
import { input, parse, reply, skill, output } from "../../pdk/index";

const ANSWERS: string[] = [
  "Yes.",
  "Without a doubt.",
  "The signs say yes.",
  "You may rely on it.",
  "Most likely.",
  "Ask again when the moon has changed.",
  "The mist is too thick to see.",
  "Better not tell you now.",
  "Do not count on it.",
  "The signs say no.",
  "Very doubtful.",
  "No."
];

export function describe(): i32 {
  output(skill("oracle", "Answers questions with yes, no or perhaps, and chooses between things joined by or."));
  return 0;
}

export function handle_message(): i32 {
  reply(answer(parse(input()).textOf("text")));
  return 0;
}

/** The words of a question: lower case, single blanks, no mark at its end. */
function plain(text: string): string {
  const words = text.toLowerCase().split("\n").join(" ").split(" ");
  const kept = new Array<string>();
  for (let i = 0; i < words.length; i++) if (words[i] != "") kept.push(words[i]);
  let whole = kept.join(" ");
  while (whole.endsWith("?") || whole.endsWith("!") || whole.endsWith(".")) whole = whole.substring(0, whole.length - 1).trimEnd();
  return whole;
}

/** FNV-1a over the UTF-16 units. */
function number(text: string): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = (hash ^ <u32>text.charCodeAt(i)) * 0x01000193;
  return hash ^ (hash >> 15);
}

function answer(text: string): string {
  const question = plain(text);
  if (question == "") return "Ask, and you shall hear.";
  const chosen = number(question);
  const choices = question.split(" or ");
  if (choices.length > 1) {
    // "shall I take tea, coffee or milk": the list begins before the first or
    const named = new Array<string>();
    for (let i = 0; i < choices.length; i++) {
      const parts = choices[i].split(",");
      for (let j = 0; j < parts.length; j++) if (parts[j].trim() != "") named.push(parts[j].trim());
    }
    if (named.length > 1) return 'The oracle chooses "' + named[chosen % named.length] + '".';
  }
  if (!text.trimEnd().endsWith("?")) return "That is no question. End it with a question mark, and the oracle will answer.";
  return ANSWERS[chosen % ANSWERS.length];
}
