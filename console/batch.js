// Keys of rows that have changed, fetched a few at a time and one request after the other, so that
// what arrives later is newer. Knows nothing of the document.

// The server takes no more SIDs at a time.
export const MANY = 7;

export class Batch {
	/** fetch(keys) gives rows, show(rows) shows them; failed(error) if they could not be had. */
	constructor({ fetch, show, failed }) {
		this.fetch = fetch;
		this.show = show;
		this.failed = failed;
		this.keys = new Set();
		this.running = false;
		this.ended = false;
	}

	add(keys) {
		for (const key of keys) {
			this.keys.add(key);
		}
		return this.run();
	}

	/** What has been asked for is of no use any more, such as after loading anew. */
	clear() {
		this.keys.clear();
	}

	end() {
		this.ended = true;
		this.clear();
	}

	async run() {
		if (this.running) {
			return;
		}
		this.running = true;
		while (this.keys.size > 0) {
			const keys = [...this.keys].slice(0, MANY);
			keys.forEach((key) => this.keys.delete(key));
			try {
				const rows = await this.fetch(keys);
				if (!this.ended) {
					this.show(rows);
				}
			} catch (error) {
				if (!this.ended) {
					keys.forEach((key) => this.keys.add(key));
					this.failed(error);
				}
				break;
			}
		}
		this.running = false;
	}
}
