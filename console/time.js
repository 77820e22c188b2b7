// Times and durations in words: of the reader's zone and habits, by the server's clock.

// What the server's clock is ahead of ours, in milliseconds; timers of calls go by the server's.
let ahead = 0;

/** The server said what time it is. Differences that the way may explain do not count. */
export function setServerTime(text, receivedAt = Date.now()) {
	const time = Date.parse(text);
	if (!Number.isNaN(time)) {
		const difference = time - receivedAt;
		ahead = Math.abs(difference) < 2000 ? 0 : difference;
	}
}

export function now() {
	return Date.now() + ahead;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined,
	{ hour: "numeric", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined,
	{ day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const DAY = 86_400_000;

/** 14:05 */
export function clockTime(time) {
	return clock.format(time);
}

/** 14:05:07 */
export function clockSeconds(time) {
	return seconds.format(time);
}

/** All of it, for who wants to know exactly. */
export function fullTime(time) {
	return full.format(time);
}

/** Today, Yesterday, Mon 3 Jun, 3 Jun 2024 */
export function dayName(time, today = now()) {
	if (Number.isNaN(time)) {
		return "Without a time";
	}
	const days = Math.round((startOfDay(today) - startOfDay(time)) / DAY);
	if (days === 0) {
		return "Today";
	}
	if (days === 1) {
		return "Yesterday";
	}
	return days > 0 && days < 300 ? day.format(time) : dayOfYear.format(time);
}

/** 0:07, 12:05, 1:02:03 */
export function duration(total) {
	const whole = Math.max(0, Math.floor(total));
	const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
	const two = (number) => String(number).padStart(2, "0");
	return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const UNITS = [[86_400, "day", "days"], [3600, "h", "h"], [60, "min", "min"], [1, "s", "s"]];

/** 7 s, 12 min, 3 h, 5 days; with two parts 3 min 52 s */
export function span(total, parts = 1) {
	let rest = Math.max(0, Math.floor(total));
	const said = [];
	for (const [length, one, many] of UNITS) {
		const number = Math.floor(rest / length);
		if (number > 0 && said.length < parts) {
			said.push(`${number} ${number === 1 ? one : many}`);
		}
		rest -= number * length;
	}
	return said.join(" ") || "0 s";
}

function startOfDay(time) {
	return new Date(time).setHours(0, 0, 0, 0);
}
