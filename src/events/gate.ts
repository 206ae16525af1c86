import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { refusal } from "../kernel/refusal.ts";
import { Fifo } from "./fifo.ts";
import { LaneWindow, type Load } from "./lane-window.ts";
import { Rests } from "./rests.ts";

export interface GateSettings {
  /** Events from outside that may wait, over all addressees. */
  readonly maxWaiting: number;
  /** Events from outside that may wait for one addressee. */
  readonly maxPerAddressee: number;
}

/** What is on its way to the journal. Whoever waits for it is told by `settled` or `failed`. */
export interface Parcel {
  /** Rough size in characters. */
  readonly weight: number;
  settled(): void;
  failed(failure: unknown): void;
}

/** How a writing ended: well when there is no failure. */
type Ended = { readonly failure: unknown } | undefined;

/** Says once what became of a parcel. */
export type Over<P extends Parcel> = (parcel: P, ended?: Ended) => void;

/** Hands one parcel to the journal, and says through `over` what became of it. */
export type Write<P extends Parcel> = (parcel: P, over: Over<P>) => void;

/** How the gate stands. */
export interface GateState {
  /** The engine's own events that wait. */
  readonly control: number;
  /** Events from outside that wait. */
  readonly mail: number;
  /** Addressees for whom something waits or is being written. */
  readonly addressees: number;
  /** Events refused with `busy` since the start. */
  readonly refused: number;
}

/** One addressee's mail. */
interface Box<P extends Parcel> {
  readonly addressee: string;
  readonly parcels: Fifo<P>;
  /** One for all of its mail: a closure for each event is what a batch would mostly consist of. */
  readonly over: Over<P>;
  writing: number;
  /** What was said last to whoever found no room, and how many waited then. */
  refusal: { readonly own: number; readonly busy: AiosError } | undefined;
  /** Whether it stands in the row of those whose turn comes. */
  inTurn: boolean;
  /** While it gives way: since when its share is with the journal, in milliseconds. */
  gaveWayMs: number | undefined;
}

const CONTROL_WINDOW = { count: 512, weight: 4 * 1024 * 1024 };
const MAIL_WINDOW = { count: 512, weight: 4 * 1024 * 1024 };
/** Where one addressee is alone nobody else waits for its groups, and larger ones wait less often for the disk. */
const ALONE_WINDOW = { count: 1_024, weight: 4 * 1024 * 1024 };
/** So much of one addressee may be with the journal at once. A flooded one lengthens everybody's group by no more. */
const SHARE = 64;
/** And so much of one that is flooded, which then gives way: it does not go on until as long again went by. */
const FLOODED_SHARE = 32;
/** Who is alone may fill a window of its own. It counts as alone when so many events went by in which nobody else had any. */
const ALONE_AFTER = 65_536;
/** Characters of mail that may wait, whatever the number of events. */
const MAX_WAITING_WEIGHT = 48 * 1024 * 1024;

/**
 * The gate in front of the journal: what bounds and orders the events that wait to be written.
 *
 * Invariants:
 *  1. Two lanes. Control, the engine's own events, is never refused for want of room, and is written in the order it came:
 *     what the journal refuses takes all that waits behind it along.
 *  2. Mail, the events from outside, is bounded for each addressee and in all. What finds no room is refused at once,
 *     before it is anything; what was taken is written or fails with the journal's reason.
 *  3. Mail of one addressee is written in the order it came. Addressees take turns, one event each, and none that is
 *     not alone has more than its share with the journal: a flooded one delays nobody else. One of which more waits
 *     than half of what may gives way besides: the journal is without its mail as long as its last share took, so that
 *     others mostly find it idle, as they would without the flood.
 *  4. Neither lane waits for the other.
 *  5. The journal never holds more than both windows, so that no group of it keeps the loop long.
 */
export class Gate<P extends Parcel> {
  readonly #write: Write<P>;
  readonly #settings: GateSettings;
  readonly #rests: Rests;
  readonly #control = new Fifo<P>();
  readonly #boxes = new Map<string, Box<P>>();
  readonly #turns = new Fifo<Box<P>>();
  readonly #controlWindow = new LaneWindow();
  readonly #mailWindow = new LaneWindow();
  #mail = 0;
  #mailWeight = 0;
  #refused = 0;
  /** Events that have to go by until the only addressee counts as alone. */
  #untilAlone = 0;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(write: Write<P>, settings: GateSettings, clock: Clock) {
    this.#write = write;
    this.#settings = settings;
    this.#rests = new Rests(clock);
  }

  get state(): GateState {
    return { control: this.#control.size, mail: this.#mail, addressees: this.#boxes.size, refused: this.#refused };
  }

  /** Takes an event of the engine's own. */
  control(parcel: P): void {
    if (this.#control.size === 0 && this.#controlWindow.isOpen(CONTROL_WINDOW)) this.#writeControl(parcel);
    else this.#control.push(parcel);
  }

  /**
   * Takes mail for one addressee, all of it or nothing.
   *
   * @throws {AiosError} `busy`; `engine.stopping` once the gate is closed; `input.too_large` for more than ever finds room
   */
  mail(addressee: string, parcels: readonly P[]): void {
    const refused = this.refusalOf(addressee, parcels.length);
    if (refused !== undefined) throw refused;
    const box = this.#boxOf(addressee);
    for (const parcel of parcels) {
      box.parcels.push(parcel);
      this.#mail++;
      this.#mailWeight += parcel.weight;
    }
    this.#takeItsTurn(box);
    this.#writeMail();
  }

  /**
   * What `mail` would throw now for so much, counted as refused; `undefined` where there is room. In a flood refusing is
   * what the loop does most, so that nothing is made for it that the one before left behind.
   */
  refusalOf(addressee: string, count: number): AiosError | undefined {
    if (this.#closed) return new AiosError("engine.stopping", "the engine takes no more events");
    const { maxWaiting, maxPerAddressee } = this.#settings;
    if (count > maxPerAddressee)
      return new AiosError("input.too_large", `${count} events at once are more than ${maxPerAddressee}`);
    const box = this.#boxes.get(addressee);
    const own = box?.parcels.size ?? 0;
    if (box !== undefined && own + count > maxPerAddressee) return this.#full(box, count);
    if (this.#mail + count > maxWaiting) return this.#busy(count, `${this.#mail} events wait to be written`);
    if (this.#mailWeight > MAX_WAITING_WEIGHT)
      return this.#busy(count, `${this.#mailWeight} characters of events wait to be written`);
    return undefined;
  }

  /** Takes no more mail; resolves when all that was taken is written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rests.end();
    while (!this.#isEmpty) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  get #isEmpty(): boolean {
    const nothingWaits = this.#control.size === 0 && this.#mail === 0;
    return nothingWaits && this.#controlWindow.isEmpty && this.#mailWindow.isEmpty;
  }

  /** Everybody who is refused while as many wait is told the same. */
  #full(box: Box<P>, count: number): AiosError {
    const own = box.parcels.size;
    if (box.refusal?.own === own) this.#refused += count;
    else box.refusal = { own, busy: this.#busy(count, `${own} events wait already for ${box.addressee}`) };
    return box.refusal.busy;
  }

  #busy(count: number, detail: string): AiosError {
    this.#refused += count;
    return refusal("busy", detail, { retryAfterSeconds: 1 });
  }

  #boxOf(addressee: string): Box<P> {
    const known = this.#boxes.get(addressee);
    if (known !== undefined) return known;
    const box: Box<P> = {
      addressee,
      parcels: new Fifo(),
      over: (parcel, ended) => this.#mailWritten(box, parcel, ended),
      writing: 0,
      refusal: undefined,
      inTurn: false,
      gaveWayMs: undefined,
    };
    this.#boxes.set(addressee, box);
    return box;
  }

  get #windowForMail(): Load {
    return this.#untilAlone > 0 ? MAIL_WINDOW : ALONE_WINDOW;
  }

  #takeItsTurn(box: Box<P>): void {
    if (box.inTurn || box.parcels.size === 0 || this.#hasItsShare(box)) return;
    box.inTurn = true;
    this.#turns.push(box);
  }

  #hasItsShare(box: Box<P>): boolean {
    return box.gaveWayMs !== undefined || box.writing >= (this.#untilAlone > 0 ? SHARE : ALONE_WINDOW.count);
  }

  #hasToGiveWay(box: Box<P>): boolean {
    const isFlooded = 2 * box.parcels.size > this.#settings.maxPerAddressee;
    return isFlooded && this.#untilAlone > 0 && box.writing >= FLOODED_SHARE;
  }

  /** All of its share is written. */
  #rest(box: Box<P>, gaveWayMs: number): void {
    this.#rests.rest(this.#rests.nowMs() - gaveWayMs, () => {
      box.gaveWayMs = undefined;
      this.#takeItsTurn(box);
      this.#writeMail();
    });
  }

  #writeMail(): void {
    while (this.#mailWindow.isOpen(this.#windowForMail)) {
      const box = this.#turns.shift();
      if (box === undefined) return;
      box.inTurn = false;
      const parcel = box.parcels.shift();
      if (parcel === undefined) continue;
      this.#mail--;
      this.#mailWeight -= parcel.weight;
      this.#mailWindow.enter(parcel.weight);
      box.writing++;
      if (this.#boxes.size > 1) this.#untilAlone = ALONE_AFTER;
      else if (this.#untilAlone > 0) this.#untilAlone--;
      if (this.#hasToGiveWay(box)) box.gaveWayMs = this.#rests.nowMs();
      this.#takeItsTurn(box);
      this.#write(parcel, box.over);
    }
  }

  #mailWritten(box: Box<P>, parcel: P, ended: Ended): void {
    this.#mailWindow.leave(parcel.weight);
    box.writing--;
    if (box.gaveWayMs === undefined) this.#takeItsTurn(box);
    else if (box.writing === 0) this.#rest(box, box.gaveWayMs);
    if (box.writing === 0 && box.parcels.size === 0) this.#boxes.delete(box.addressee);
    this.#tell(parcel, ended);
    this.#writeMail();
    this.#noteEmpty();
  }

  #writeControl(parcel: P): void {
    this.#controlWindow.enter(parcel.weight);
    this.#write(parcel, this.#controlWritten);
  }

  readonly #controlWritten: Over<P> = (parcel, ended) => {
    this.#controlWindow.leave(parcel.weight);
    this.#tell(parcel, ended);
    if (ended !== undefined) this.#refuseBehind(ended);
    while (this.#controlWindow.isOpen(CONTROL_WINDOW)) {
      const next = this.#control.shift();
      if (next === undefined) break;
      this.#writeControl(next);
    }
    this.#noteEmpty();
  };

  #refuseBehind(ended: NonNullable<Ended>): void {
    for (let next = this.#control.shift(); next !== undefined; next = this.#control.shift()) this.#tell(next, ended);
  }

  #tell(parcel: P, ended: Ended): void {
    if (ended === undefined) parcel.settled();
    else parcel.failed(ended.failure);
  }

  #noteEmpty(): void {
    if (this.#whenEmpty.length === 0 || !this.#isEmpty) return;
    const waiting = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const resolve of waiting) resolve();
  }
}
