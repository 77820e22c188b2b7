// A bounded window onto a list without end, newest first.
//
// The server gives a page at a time; what changes meanwhile is merged in. However long the page
// stays open, and however far somebody scrolls, no more than `limit` rows are kept: what is cut off
// at either end can be loaded again.

export class Rows {
	/**
	 * key(row): what makes it the same row; time(row): what they are ordered by, any text that
	 * sorts (an RFC 3339 time in UTC); place(row): what the server calls a page that begins behind
	 * that row.
	 */
	constructor({ key, time, place, limit = 400 }) {
		this.key = key;
		this.time = time;
		this.place = place;
		this.limit = limit;
		this.clear();
	}

	clear() {
		this.rows = [];
		this.next = null;    // the page of older ones, null if there are none
		this.missing = new Set();  // keys of newer ones that are not shown, to who has scrolled far away
		this.cutNewest = false;
	}

	/** Begins anew with the newest page. */
	replace({ rows, next }) {
		this.clear();
		this.rows = this.sorted([...rows]);
		this.next = next;
	}

	/** A page of older ones; the newest make room for them. */
	addOlder({ rows, next }) {
		const known = new Set(this.rows.map(this.key));
		this.rows = this.sorted([...this.rows, ...rows.filter((row) => !known.has(this.key(row)))]);
		this.next = next;
		if (this.rows.length > this.limit) {
			this.rows = this.rows.slice(this.rows.length - this.limit);
			this.cutNewest = true;
		}
	}

	/**
	 * Rows as they are now, known or not: one that is as it was stays the same object. Those that are older than all that are shown come with
	 * their page; those that are newer than what was cut off are counted. Returns those that are
	 * new here.
	 */
	merge(rows) {
		const changed = new Map(rows.map((row) => [this.key(row), row]));
		const newest = this.rows.length > 0 ? this.rows[0] : null;
		const kept = this.rows.map((row) => {
			const now = changed.get(this.key(row));
			changed.delete(this.key(row));
			return now === undefined || JSON.stringify(now) === JSON.stringify(row) ? row : now;
		});
		let added = [...changed.values()];
		if (this.cutNewest && newest !== null) {
			const here = added.filter((row) => this.compare(row, newest) > 0);
			this.miss(added.filter((row) => !here.includes(row)));
			added = here;
		}
		if (this.next !== null && this.rows.length > 0) {
			const oldest = this.rows[this.rows.length - 1];
			added = added.filter((row) => this.compare(row, oldest) < 0);
		}
		this.rows = this.sorted([...kept, ...added]);
		if (this.rows.length > this.limit) {
			this.rows = this.rows.slice(0, this.limit);
			this.next = this.place(this.rows[this.limit - 1]);
		}
		return added;
	}

	/**
	 * The newest page again. Where so much has come that it does not reach down to what is known,
	 * there would be a gap: then it takes the place of all, unless somebody who has scrolled away
	 * would be torn from there. Returns what is new here.
	 */
	refresh(page, mayReplace) {
		if (this.rows.length === 0) {
			this.replace(page);
			return page.rows;
		}
		const known = new Set(this.rows.map(this.key));
		const hasGap = page.next !== null && !page.rows.some((row) => known.has(this.key(row)));
		if (!hasGap || this.cutNewest) {
			return this.merge(page.rows);
		}
		if (mayReplace) {
			this.replace(page);
			return page.rows;
		}
		this.cutNewest = true;
		this.miss(page.rows);
		return [];
	}

	/** How many newer ones are not shown; so many as the limit may be more. */
	get missed() {
		return this.missing.size;
	}

	miss(rows) {
		for (const row of rows) {
			if (this.missing.size < this.limit) {
				this.missing.add(this.key(row));
			}
		}
	}

	get(key) {
		return this.rows.find((row) => this.key(row) === key);
	}

	sorted(rows) {
		return rows.sort((a, b) => this.compare(a, b));
	}

	/** Newest first; those of the same time in the order of their keys, so that none jumps. */
	compare(a, b) {
		return order(this.time(b), this.time(a)) || order(this.key(b), this.key(a));
	}
}

function order(a, b) {
	if (a === b) {
		return 0;
	}
	return (a ?? "") < (b ?? "") ? -1 : 1;
}
