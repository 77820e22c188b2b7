#include "config.h"

#include "recordings_prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "part_file.h"
#include "queries.h"
#include "sid.h"
#include "when.h"

/* After so many days a part that has come is none any more. */
#define PART_DAYS 2

/* A SID with its ending. */
#define NAME_SIZE (SID_MOST + 32)

struct pruning {
	const struct folder *folder;
	struct database *database;
	const char *account_sid;
	struct recordings_report *report;
};

/* Deletes one file, and then what is known of it. */
static enum err
prune_one(struct pruning *pruning, const char *sid, const char *format,
	struct reason *reason)
{
	char name[NAME_SIZE];
	const struct database_value values[] = {
		{"recording_sid", sid                 },
		{"account_sid",   pruning->account_sid},
		{"format",        format              },
		{NULL,            NULL                },
	};

	if (!sid_is_plain(sid) || !sid_is_plain(format))
		return err_reason(reason, ERR_IO,
			"table recording_files has a row that is none: "
			"\"%.64s\", "
			"\"%.64s\"",
			sid, format);
	(void)snprintf(name, sizeof name, "%s.%s", sid, format);
	if (unlinkat(pruning->folder->fd, name, 0) != 0 && errno != ENOENT)
		return err_reason(reason, ERR_IO,
			"could not delete \"%.200s/%.100s\": %s",
			pruning->folder->path, name, strerror(errno));
	recordings_report_file(pruning->report, RECORDING_PRUNED, sid, 0, NULL);
	return database_run(pruning->database, &query_recordings_forgotten,
		values, NULL, reason);
}

/* Whether what broke off so long ago will not be gone on with. */
static bool
is_old_part(const struct pruning *pruning, const char *name)
{
	struct stat status;

	return part_file_is_name(name) &&
	       fstatat(pruning->folder->fd, name, &status,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) &&
	       status.st_mtime < time(NULL) - PART_DAYS * WHEN_DAY;
}

/* What came of recordings and broke off: nobody else is at work here. */
static enum err
prune_parts(struct pruning *pruning, struct reason *reason)
{
	int fd = fcntl(pruning->folder->fd, F_DUPFD_CLOEXEC, 0);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (directory == NULL && fd >= 0)
		(void)close(fd);
	if (directory == NULL)
		return err_reason(reason, ERR_IO,
			"could not read \"%.300s\": %s", pruning->folder->path,
			strerror(errno));
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL)
		if (is_old_part(pruning, entry->d_name))
			(void)unlinkat(pruning->folder->fd, entry->d_name, 0);
	(void)closedir(directory);
	return ERR_OK;
}

enum err
recordings_prune(const struct folder *folder, struct database *database,
	const char *account_sid, struct recordings_report *report,
	struct reason *reason)
{
	struct pruning pruning = {folder, database, account_sid, report};
	const struct database_value values[] = {
		{"account_sid", account_sid },
		{"directory",   folder->path},
		{NULL,          NULL        },
	};
	struct database_result *result = NULL;
	enum err err;
	size_t n;

	do {
		err = database_run(database, &query_recordings_orphaned, values,
			&result, reason);
		n = err == ERR_OK ? database_rows(result) : 0;
		for (size_t i = 0; err == ERR_OK && i < n; i++)
			err = prune_one(&pruning, database_text(result, i, 0),
				database_text(result, i, 1), reason);
		database_result_free(result);
	} while (err == ERR_OK && n > 0);
	if (err == ERR_OK)
		err = database_run(database, &query_recordings_gone_forgotten,
			values, NULL, reason);
	return err == ERR_OK ? prune_parts(&pruning, reason) : err;
}
