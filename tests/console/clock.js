// What passes the time in tests of what waits.

/** Time that passes only when the test says so. */
export class Clock {
	constructor() {
		this.time = 1_000_000;
		this.sleepers = new Set();
	}

	now() {
		return this.time;
	}

	sleep(duration, signal) {
		if (signal?.aborted) {
			return Promise.resolve();
		}
		return new Promise((resolve) => {
			const sleeper = { until: this.time + duration, resolve };
			this.sleepers.add(sleeper);
			signal?.addEventListener("abort", () => {
				this.sleepers.delete(sleeper);
				resolve();
			});
		});
	}

	/** Lets time pass, stopping wherever somebody wakes. */
	async pass(duration) {
		const end = this.time + duration;
		await settle();
		for (;;) {
			const next = [...this.sleepers].sort((a, b) => a.until - b.until)[0];
			if (!next || next.until > end) {
				break;
			}
			this.time = next.until;
			this.sleepers.delete(next);
			next.resolve();
			await settle();
		}
		this.time = end;
	}
}

/** Lets everything happen that waits for no time. */
export async function settle() {
	for (let i = 0; i < 50; i++) {
		await null;
	}
}
