// Where we are, in the address: #/view/id?name=value. Reload, back and bookmarks work by it.

export const VIEWS = ["inbox", "calls", "recordings", "rooms", "delivery", "health"];

/** {view, id, query} of a location's hash; whatever is not understood is the inbox. */
export function parseRoute(hash) {
	const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	const [view, id = ""] = path.split("/", 2);
	if (!VIEWS.includes(view)) {
		return { view: VIEWS[0], id: "", query: {} };
	}
	return { view, id: decode(id), query: Object.fromEntries(new URLSearchParams(query)) };
}

export function formatRoute({ view, id = "", query = {} }) {
	const pairs = Object.entries(query).filter(([, value]) => value !== "" && value != null);
	const search = new URLSearchParams(pairs).toString();
	return `#/${view}${id === "" ? "" : "/" + encodeURIComponent(id)}${search && "?" + search}`;
}

/** What stands in an address; "" if it is no text. */
export function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return "";
	}
}
