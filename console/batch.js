// What of a list has to be read: rows that have changed, a few at a time; where they are many, the
// newest page, which has most of them. Knows nothing of the document.

// The server takes no more keys at a time.
export const MANY = 7;

export class Batch {
	constructor() {
		this.clear();
	}

	clear() {
		this.keys = new Set();
		this.page = false;       // the newest page is to be read
		this.tookPage = false;
	}

	get isEmpty() {
		return !this.page && this.keys.size === 0;
	}

	/** Rows with these keys have changed. */
	add(keys) {
		this.keep(keys);
		this.page ||= this.keys.size > 3 * MANY;
	}

	addPage() {
		this.page = true;
	}

	/** Rows with these keys are to be read by them, however many they are. */
	keep(keys) {
		for (const key of keys) {
			this.keys.add(key);
		}
	}

	/**
	 * What to ask for next: {page, keys}, the newest page with all keys, which it may have, or a few
	 * of them by themselves. In turns, so that neither waits for ever.
	 */
	take() {
		const page = this.page && !(this.tookPage && this.keys.size > 0);
		const keys = page ? [...this.keys] : [...this.keys].slice(0, MANY);
		keys.forEach((key) => this.keys.delete(key));
		this.page &&= !page;
		this.tookPage = page;
		return { page, keys };
	}

	/** What was taken could not be read: that first, then. */
	putBack({ page, keys }) {
		this.page ||= page;
		this.tookPage &&= !page;
		this.keep(keys);
	}
}
