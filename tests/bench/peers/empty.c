/*
 * A CGI program that does nothing but read and answer: what a process costs.
 */
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "Status: 403 Forbidden\r\n"
				     "Content-Length: 0\r\n\r\n";
	char body[8192];

	/* Apache would not take the answer if something were left. */
	while (read(STDIN_FILENO, body, sizeof body) > 0)
		;
	return write(STDOUT_FILENO, answer, sizeof answer - 1) > 0 ? 0 : 1;
}
