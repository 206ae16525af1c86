const WORDS = `
a abort about above absent accept access account across action active actual add additional address after again against age agent
ago ahead alarm alert alias alive all alloc allow almost alone already also alter although always am an and another answer any anyone
anything api app append application apply archive are area argument around array as ask assert asset assign at attach attempt
attribute auth author available avoid await away back backend backup bad balance bandwidth base batch be became because become been
before begin behind being below best better between beyond bind bit block body boot both bound branch break bridge broken broker
browser buffer bug build busy but by byte cache call came can cancel cannot capacity case cast catch cause cell chain change channel
char character charge check checksum child choose chunk class clean clear client clock clone close cloud cluster code collection
column come command comment commit common compare compile complete component compute condition config configure confirm conflict
connect consider console constraint construct consumer contact contain container content context continue control convert cookie copy
core corrupt cost could count counter crash create credential current cursor custom cycle daemon data database date day dead deadline
deadlock debug decide declare decode deep default define delay delegate delete deliver deny depend deploy depth describe destination
destroy detail detect device did die differ different digest dir direct directory dirty disable discard disconnect disk dispatch display
do document does domain done down download drain drive driver drop due dump duplicate during each early east edge edit either element
else email empty enable encode end endpoint engine enough enter entity entry enum environment equal error escape event ever every exact
exceed except execute exist exit expand expect expire explicit export expose express extend extension extra extract fail failure fall
false fast fatal fault feature fetch few field file filter final find finish first fit fix flag flush folder follow for force foreign
forget fork form format forward found frame free frequency from front full function further future garbage gateway general generate get
give given global go good got grant graph group grow guard guest had half halt handle handler handshake hang happen hard has hash have
head header health heap heartbeat held hello help here hidden high hit hold home hook host hour how however i icon id identifier idle if
ignore illegal image immediate import in inactive incoming incomplete incorrect index inf info initial inner input insert inside install
instance instead integer interface internal interrupt into invalid invoke is issue it item its iterator job join journal just keep
kernel key kill kind know label language large last late latency launch layer lead leader leaf leak lease least leave left length less
let level library license life like limit line link list listen little live load local lock log login logout long look lookup loop loss
lost low machine mail main major make malformed manage manager mandatory manifest many map mark mask master match max maximum may me mean
measure media member memory merge message meta method metric middle might migrate min minimum minor minute mirror mismatch miss mix mode
model module monitor more most mount move much multiple must mutable name namespace native nearly need neither nested network never new
next no node none nor normal not note nothing notice notify now null number object obsolete obtain occur of off offline offset old on
once one online only open operate operation operator option or order origin original other otherwise our out outer outgoing output over
overflow overlap override own owner pack package page pair panic parameter parent parse part partial partition pass password patch path
pattern pause payload peer pending per perform period permission permit persist phase physical pid ping pipe place plain plan platform
please plugin point policy poll pool port position possible post pre prefix prepare present previous primary print prior private
privilege probe problem process produce producer profile program progress project promise proper property protect protocol provide
provider proxy public publish pull purge push put query queue quick quiet quit quota race raise random range rate raw reach read ready
real reason rebuild receive recent record recover redirect redo reduce ref refer reference refresh refuse region register registry reject
relation relative release reload remain remote remove rename render repair repeat replace replica reply report repository request require
reserve reset resident resize resolve resource respond response rest restart restore result resume retain retrieve retry return reuse
reverse revert revoke right role roll root rotate round route router row rule run runtime safe same sample save say scale scan schedule
schema scope script search second secret section sector secure security see seed seek segment select self send sensor sentinel separate
sequence serial series serve server service session set setup several shadow shall shape shard share shell shift short should show
shut shutdown side sign signal signature simple since single size skip slave sleep slice slot slow small snapshot so socket soft some
something soon sort source space spawn special specific specify speed split stack stage stale standard standby start state statement
static station status step still stop storage store stream strict string strip structure stuck style sub subject submit subscribe
succeed success such suffix suite super supply support suspend swap switch symbol sync syntax system table tag tail take target task
team tell temporary tenant term terminate test text than that the their them then there these they thing this those thread threshold
through throttle throw thus ticket tight time timeout timer timestamp title to together token too tool top topic total touch trace track
traffic trail transaction transfer transform transit translate transport trap tree trigger trim trouble true truncate trust try tune
tunnel turn twice type unable unauthorized unavailable unchanged unclean undefined under unexpected unhandled uninstall unique unit
unknown unless unlock until unused unusual up update upgrade upload upon upper upstream uptime url usage use user usual valid validate
value variable verify version very via view violate virtual visible visit volume wait wake want warm warn warning was watch watchdog we
weak web well went were what when where whether which while white who whole why wide width will window with within without word work
worker would wrap write wrong yes yet you your zero zone
`;

const known: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
const INFLECTED = /(?:ed|ing|tion|sion|able|ible|ment|ness|ance|ence|ity|ally|ly|ful|less|ize|ise)$/;

/** Whether a lower-case word is ordinary log English: in the list, its plural, or with an ending that makes words of words. */
export function isOrdinary(word: string): boolean {
  if (known.has(word)) return true;
  if (word.length > 3 && word.endsWith("s") && known.has(word.slice(0, -1))) return true;
  return word.length > 5 && INFLECTED.test(word);
}

const CAPITALS = /^[A-Z]{2,}$/;
const LETTERS = /^\p{L}+$/u;

/** Prose rather than a name: ordinary words, capitals, and hyphenated ordinary words. */
export function isPlain(word: string): boolean {
  if (CAPITALS.test(word)) return true;
  return word.includes("-") ? word.split("-").every(isOrdinaryPart) : isOrdinaryPart(word);
}

function isOrdinaryPart(part: string): boolean {
  return LETTERS.test(part) && isOrdinary(part.toLowerCase());
}
