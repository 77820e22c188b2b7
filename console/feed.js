// What is new, from a cursor on: by a stream where that works, else by asking again and again.
//
// Every change is delivered once and in order. Whatever breaks, the next attempt begins at the
// cursor of the last change that was delivered; where the server cannot continue there, or there is
// too much to catch up with, everything is to be loaded anew (`reset`). Knows nothing of the
// network, of time or of the document, so that all of it can be tested.

/** The server wants another token. */
export class Unauthorized extends Error {}
/** The server cannot go on from this cursor. */
export class CursorLost extends Error {}
/** There is no stream to be had here, but asking may work. */
export class NoStream extends Error {}

// The longest that timers can wait.
export const FOREVER = 2 ** 31 - 1;
const SECOND = 1000;
export const TIMES = {
	poll: SECOND,                // between questions
	rest: 30 * SECOND,           // the same while nobody looks
	token: FOREVER,              // without a token: until somebody gives one
	firstByte: 4 * SECOND,       // a stream that says nothing for so long is held back by something
	silence: 50 * SECOND,        // the server says something every 15 seconds
	noStream: 600 * SECOND,      // before a stream is tried again
	backoff: [1, 2, 4, 8, 15, 30].map((seconds) => seconds * SECOND),
	pages: 20,                   // to catch up with; beyond, loading anew is cheaper
};

/** After so many failures: longer each time, and not for all pages at the same moment. */
export function backoff(failures, random) {
	const step = Math.min(failures, TIMES.backoff.length - 1);
	return TIMES.backoff[step] * (0.8 + 0.4 * random());
}

export class Feed {
	/**
	 * transport.poll(cursor, signal): {changes, cursor, more}; without a cursor no changes, but
	 *     the cursor of the present.
	 * transport.stream(cursor, signal, heard): calls heard(changes, cursor) for whatever arrives,
	 *     with no changes for a sign of life; returns when the server ends the stream.
	 * clock: now(), and sleep(milliseconds, signal), which returns early when the signal is given.
	 * told: changes(list), reset(), state({name, since, retryAt, reason}).
	 */
	constructor({ transport, clock, told, random = Math.random }) {
		this.transport = transport;
		this.clock = clock;
		this.told = told;
		this.random = random;
		this.cursor = null;
		this.failures = 0;
		this.streamAfter = 0;    // not before that time
		this.resting = false;
		this.stopped = false;
		this.state = { name: "connecting", since: clock.now() };
		this.lastHeard = null;
		this.turn = new AbortController();
	}

	/** Runs until stop(). */
	async run() {
		while (!this.stopped) {
			this.turn = new AbortController();
			try {
				await this.step(this.turn.signal);
			} catch (error) {
				await this.failed(error);
			}
		}
	}

	stop() {
		this.stopped = true;
		this.turn.abort();
	}

	/** Somebody looks again, the network is back, there is a new token: now. */
	wake() {
		this.turn.abort();
	}

	/** Nobody looks: ask seldom, and keep no program of the server busy. */
	rest(resting) {
		if (this.resting !== resting) {
			this.resting = resting;
			this.turn.abort();
		}
	}

	async step(signal) {
		if (this.cursor === null) {
			const present = await this.transport.poll(null, signal);
			this.cursor = present.cursor;
			this.heard();
			this.told.reset();
		}
		if (!this.resting && this.clock.now() >= this.streamAfter) {
			await this.listen(signal);
		} else {
			await this.ask(signal);
			await this.clock.sleep(this.resting ? TIMES.rest : TIMES.poll, signal);
		}
	}

	/** All that there is, a page at a time. */
	async ask(signal) {
		for (let pages = 0; ; pages++) {
			const answer = await this.transport.poll(this.cursor, signal);
			if (answer.more && pages >= TIMES.pages) {
				throw new CursorLost("too far behind");
			}
			this.deliver(answer.changes, answer.cursor);
			this.become("polling");
			if (!answer.more) {
				return;
			}
		}
	}

	async listen(signal) {
		const began = this.clock.now();
		const watch = this.watch(signal);
		try {
			await this.transport.stream(this.cursor, watch.signal, (changes, cursor) => {
				watch.heard();
				this.deliver(changes, cursor);
				this.become("live");
			});
		} catch (error) {
			throw watch.reason ?? error;
		} finally {
			watch.end();
		}
		// Servers end streams when they like. One that does so at once would be asked all the time.
		if (this.clock.now() - began < TIMES.poll) {
			await this.clock.sleep(TIMES.poll, signal);
		}
	}

	/** Gives a stream up that is silent: a signal, and why it was given. */
	watch(outer) {
		const inner = new AbortController();
		const watch = { signal: inner.signal, reason: null };
		const onOuter = () => inner.abort();
		outer.addEventListener("abort", onOuter);
		if (outer.aborted) {
			inner.abort();
		}
		let timer = new AbortController();
		const wait = async (time, reason) => {
			const mine = timer;
			await this.clock.sleep(time, mine.signal);
			if (!mine.signal.aborted) {
				watch.reason = reason;
				inner.abort();
			}
		};
		watch.heard = () => {
			timer.abort();
			timer = new AbortController();
			wait(TIMES.silence, new Error("nothing was heard from the server"));
		};
		watch.end = () => {
			timer.abort();
			outer.removeEventListener("abort", onOuter);
		};
		wait(TIMES.firstByte, new NoStream("the stream is held back"));
		return watch;
	}

	deliver(changes, cursor) {
		this.heard();
		if (cursor !== undefined && cursor !== null) {
			this.cursor = cursor;
		}
		if (changes.length > 0) {
			this.told.changes(changes);
		}
	}

	heard() {
		this.failures = 0;
		this.lastHeard = this.clock.now();
	}

	async failed(error) {
		if (this.stopped || (this.turn.signal.aborted && error?.name === "AbortError")) {
			return;  // we wanted it so
		}
		if (error instanceof NoStream) {
			this.streamAfter = this.clock.now() + TIMES.noStream;
			return;
		}
		if (error instanceof CursorLost) {
			this.cursor = null;
			// Not at once: a server that always says so would be asked all the time.
			await this.clock.sleep(TIMES.poll, this.turn.signal);
			return;
		}
		const refused = error instanceof Unauthorized;
		const wait = refused ? TIMES.token : backoff(this.failures++, this.random);
		const name = refused ? "unauthorized" : "offline";
		this.become(name, { reason: error, retryAt: this.clock.now() + wait });
		this.turn = new AbortController();
		await this.clock.sleep(wait, this.turn.signal);
	}

	/** Offline since the last that was heard, not since the last attempt. */
	become(name, more = {}) {
		const same = name === this.state.name;
		if (same && (name === "live" || name === "polling")) {
			return;  // all other states are told again: something has been tried
		}
		const since = same ? this.state.since : name === "offline"
			? this.lastHeard ?? this.clock.now() : this.clock.now();
		this.state = { name, since, ...more };
		this.told.state(this.state);
	}
}
