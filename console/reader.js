// What is read again whenever it has changed: one request at a time, and after the last change one
// more, so that what arrives later is newer. What could not be read is tried again by itself, less
// and less often, whether or not anything else changes. Knows nothing of the network, of time or of
// the document, so that all of it can be tested.

import { backoff, FOREVER, Unauthorized } from "./feed.js";

// So many milliseconds something could not be read before it is said.
const LATE = 5000;

/** All readers of a page, and whether what it shows is behind what there is. */
export class Readers {
	/**
	 * clock: as of the feed; told.behind(since): since when something could not be read;
	 * told.current(): nothing is behind any more.
	 */
	constructor({ clock, told, random = Math.random }) {
		this.clock = clock;
		this.told = told;
		this.random = random;
		this.failing = new Set();
		this.resting = false;
		this.behind = null;      // the reader that has been told of
	}

	/** See Reader. */
	add(what) {
		return new Reader(this, what);
	}

	/** The server can be reached again, or somebody asks: what has failed is tried now. */
	wake() {
		for (const reader of this.failing) {
			reader.wake();
		}
	}

	/** Nobody looks: what has failed is tried when somebody does. */
	rest(resting) {
		this.resting = resting;
		if (!resting) {
			this.wake();
		}
	}

	failed(reader) {
		this.failing.add(reader);
		this.tell();
	}

	/** It has been read, or is not wanted any more. */
	settled(reader) {
		this.failing.delete(reader);
		this.tell();
	}

	/** The one that has failed longest is told of, once. */
	tell() {
		const [first = null] = this.failing;
		const behind = first && this.clock.now() - first.since >= LATE ? first : null;
		if (behind !== this.behind) {
			this.behind = behind;
			behind ? this.told.behind(behind.since) : this.told.current();
		}
	}
}

class Reader {
	/**
	 * ask(): a promise of what is to be shown now; show(answer); failed(error), which is tried again
	 * all the same; pause(): how long to wait between an answer and the next request, in milliseconds.
	 */
	constructor(readers, { ask, show, failed = () => {}, pause = () => 0 }) {
		Object.assign(this, { readers, ask, show, failed, pause });
		this.ended = false;
		this.failures = 0;
		this.since = null;       // when the first request that failed was made
		this.isWanted = false;
		this.turn = null;        // to end what goes on; null if nothing does
		this.isWaiting = false;
		this.forget();
	}

	/** What has been makes no difference to when it is asked for. */
	forget() {
		this.answeredAt = -Infinity;
		this.retryAt = -Infinity;
	}

	/** Something has changed. */
	want() {
		this.isWanted = true;
		if (this.turn === null && !this.ended) {
			this.run();
		}
	}

	/** All of it, at once: what is being asked for is of no use any more. */
	renew() {
		this.turn?.abort();
		this.turn = null;
		this.forget();
		this.want();
	}

	/** If it waits until it may try again, it need not. */
	wake() {
		if (this.failures > 0 && this.isWaiting) {
			this.renew();
		}
	}

	end() {
		this.ended = true;
		this.turn?.abort();
		this.readers.settled(this);
	}

	async run() {
		const turn = new AbortController();
		this.turn = turn;
		try {
			while (this.isWanted && !turn.signal.aborted) {
				await this.wait(turn.signal);
				if (!turn.signal.aborted) {
					await this.read(turn.signal);
				}
			}
		} finally {
			if (this.turn === turn) {
				this.turn = null;
			}
		}
	}

	/** Until it may ask; what has failed, until somebody looks as well. */
	async wait(signal) {
		const { clock } = this.readers;
		this.isWaiting = true;
		// No longer than it would have to, should somebody have set the clock back.
		const rest = this.notBefore() - clock.now();
		if (rest > 0) {
			await clock.sleep(this.failures > 0 ? rest : Math.min(rest, this.pause()), signal);
		}
		while (this.failures > 0 && this.readers.resting && !signal.aborted) {
			await clock.sleep(FOREVER, signal);
		}
		if (!signal.aborted) {
			this.isWaiting = false;
		}
	}

	notBefore() {
		return this.failures > 0 ? this.retryAt : this.answeredAt + this.pause();
	}

	async read(signal) {
		const began = this.readers.clock.now();
		this.isWanted = false;
		let answer;
		try {
			answer = await this.ask();
		} catch (error) {
			if (!signal.aborted) {
				this.hasFailed(error, began);
			}
			return;
		}
		if (!signal.aborted) {
			this.answeredAt = this.readers.clock.now();
			this.failures = 0;
			this.readers.settled(this);
			this.show(answer);
		}
	}

	hasFailed(error, began) {
		const { clock, random } = this.readers;
		this.isWanted = true;
		if (this.failures === 0) {
			this.since = began;
		}
		// Without a token it need not be tried before somebody gives one, who wakes it.
		const refused = error instanceof Unauthorized;
		this.retryAt = clock.now() + (refused ? FOREVER : backoff(this.failures, random));
		this.failures++;
		this.readers.failed(this);
		this.failed(error);
	}
}
