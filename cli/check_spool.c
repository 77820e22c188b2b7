/*
 * The spool: whether a request is safe there, and what waits.
 */
#include "config.h"

#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "age.h"
#include "file.h"
#include "limit.h"
#include "spool.h"
#include "spool_survey.h"

/* What syncing one file may take, in milliseconds. */
#define PATIENCE 10000

/* Room that there should be, and must be. */
#define ROOM_NOTE (256ULL * 1024 * 1024)
#define ROOM_WRONG (16ULL * 1024 * 1024)
#define FILES_NOTE 10000
#define FILES_WRONG 1000

/* What waits longer than cron's five minutes, and some, waits for nothing. */
#define WAITING_SECONDS 900

/* Of linux/magic.h, which not every system has. */
#define MAGIC_TMPFS 0x01021994
#define MAGIC_RAMFS 0x858458f6
#define MAGIC_NFS 0x6969
#define MAGIC_SMB 0x517B
#define MAGIC_CIFS 0xFF534D42
#define MAGIC_SMB2 0xFE534D42
#define MAGIC_FUSE 0x65735546

static const char *
path_of(const struct checkup *checkup)
{
	return settings_get(checkup->settings, SETTING_SPOOL);
}

/* Without a spool there is one remark about that, and no other. */
static bool
has_spool(const struct checkup *checkup)
{
	return path_of(checkup) != NULL;
}

static void
check_usable(struct checkup *checkup)
{
	struct reason reason;

	if (!has_spool(checkup))
		checkup_note(checkup,
			"make a directory for it beside the settings file, "
			"and set it",
			"HOOKSWITCH_SPOOL is not set: a request that the "
			"database cannot take is lost");
	else if (spool_check(path_of(checkup), &reason) != ERR_OK)
		checkup_wrong(checkup,
			"make it, as the user that the programs run as, or "
			"mend whose it is",
			"%s", reason.text);
	else
		checkup_ok(checkup, "%s can be written", path_of(checkup));
}

/* Writes a file and syncs it, as a request is; errno's value, or 0. */
static int
sync_file(const char *directory)
{
	static const char text[4096];
	char path[PATH_MAX];
	int fd, failed = 0;

	if (snprintf(path, sizeof path, "%s/doctor.XXXXXX", directory) >=
		(int)sizeof path)
		return ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (!file_write_all(fd, text, sizeof text) || fsync(fd) != 0)
		failed = errno;
	(void)close(fd);
	if (unlink(path) != 0 && failed == 0)
		failed = errno;
	return failed;
}

/*
 * The same in a process of its own, since a disk that does not answer cannot
 * be told to stop; -1 if it took too long.
 */
static int
sync_in_time(const char *directory)
{
	int ends[2], failed = -1;
	struct pollfd answer;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	child = fork();
	if (child == 0) {
		failed = sync_file(directory);
		(void)!write(ends[1], &failed, sizeof failed);
		_exit(0);
	}
	(void)close(ends[1]);
	answer = (struct pollfd){ends[0], POLLIN, 0};
	if (child < 0)
		failed = errno;
	else if (poll(&answer, 1, PATIENCE) == 1 &&
		 read(ends[0], &failed, sizeof failed) != sizeof failed)
		failed = EIO;
	(void)close(ends[0]);
	if (child > 0) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, failed == -1 ? WNOHANG : 0);
	}
	return failed;
}

static void
check_synced(struct checkup *checkup)
{
	int failed;

	if (!has_spool(checkup))
		return;
	failed = sync_in_time(path_of(checkup));
	if (failed == 0)
		checkup_ok(checkup, "a file in it can be synced to disk");
	else if (failed < 0)
		checkup_wrong(checkup, "look at the disk",
			"syncing a file of 4 KiB in it takes more than %d s",
			PATIENCE / 1000);
	else
		checkup_wrong(checkup,
			"without that no request is safe in it: look at whose "
			"it is, and at the disk",
			"a file in %s cannot be synced: %s", path_of(checkup),
			strerror(failed));
}

static void
check_file_system(struct checkup *checkup)
{
	static const struct {
		unsigned magic;
		const char *what;
		bool is_memory;
	} systems[] = {
		{MAGIC_TMPFS, "memory (tmpfs)",     true },
		{MAGIC_RAMFS, "memory (ramfs)",     true },
		{MAGIC_NFS,   "another host (NFS)", false},
		{MAGIC_SMB,   "another host (SMB)", false},
		{MAGIC_CIFS,  "another host (SMB)", false},
		{MAGIC_SMB2,  "another host (SMB)", false},
		{MAGIC_FUSE,  "a FUSE file system", false},
	};
	struct statfs status;

	if (!has_spool(checkup))
		return;
	if (statfs(path_of(checkup), &status) != 0) {
		checkup_unknown(checkup, "%s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
		if ((unsigned)status.f_type != systems[i].magic)
			continue;
		if (systems[i].is_memory)
			checkup_wrong(checkup,
				"put it on a disk: what is in there when the "
				"host is restarted is lost",
				"the spool is in %s", systems[i].what);
		else
			checkup_note(checkup,
				"a local disk is better: it must keep what was "
				"synced, and know locks",
				"the spool is on %s", systems[i].what);
		return;
	}
	checkup_ok(checkup, "it is on a local disk");
}

static void
check_room(struct checkup *checkup)
{
	static const char mend[] = "make room, or have the quota raised";
	struct statvfs status;
	unsigned long long room, files;

	if (!has_spool(checkup))
		return;
	if (statvfs(path_of(checkup), &status) != 0) {
		checkup_unknown(checkup, "%s", strerror(errno));
		return;
	}
	room = (unsigned long long)status.f_bavail * status.f_frsize;
	files = status.f_files > 0 ? status.f_favail : FILES_NOTE;
	if (room < ROOM_WRONG || files < FILES_WRONG)
		checkup_wrong(checkup, mend,
			"there is room for %llu MiB and %llu files",
			room / 1024 / 1024, files);
	else if (room < ROOM_NOTE || files < FILES_NOTE)
		checkup_note(checkup, mend,
			"there is room for %llu MiB and %llu files",
			room / 1024 / 1024, files);
	else
		checkup_ok(checkup, "there is room for %llu MiB",
			room / 1024 / 1024);
}

static void
check_waiting(struct checkup *checkup)
{
	struct spool_survey survey;
	struct reason reason;
	char age[AGE_SIZE];
	long long seconds;

	if (!has_spool(checkup))
		return;
	if (spool_survey(path_of(checkup), &survey, &reason) != ERR_OK) {
		checkup_unknown(checkup, "%s", reason.text);
		return;
	}
	seconds = (long long)(time(NULL) - survey.oldest);
	age_format(seconds, age);
	if (survey.n_waiting == 0)
		checkup_ok(checkup, "nothing waits in it");
	else if (seconds < WAITING_SECONDS)
		checkup_note(checkup,
			"it is replayed behind the next request, or by "
			"\"hookswitch replay\"",
			"%zu wait%s in it, since %s at the longest",
			survey.n_waiting, survey.n_waiting == 1 ? "s" : "",
			age);
	else
		checkup_wrong(checkup,
			"run \"hookswitch replay\", which says what keeps it, "
			"and have cron do so every five minutes",
			"%zu wait%s in it, since %s at the longest",
			survey.n_waiting, survey.n_waiting == 1 ? "s" : "",
			age);
}

static void
check_set_aside(struct checkup *checkup)
{
	struct spool_survey survey;
	struct reason reason;

	if (!has_spool(checkup))
		return;
	if (spool_survey(path_of(checkup), &survey, &reason) != ERR_OK)
		checkup_unknown(checkup, "%s", reason.text);
	else if (survey.n_rejected + survey.n_unreadable > 0)
		checkup_wrong(checkup,
			"beside each lies a .reason: mend the cause, and move "
			"the records back to new/",
			"%zu rejected and %zu unreadable were set aside in it",
			survey.n_rejected, survey.n_unreadable);
	else
		checkup_ok(checkup, "nothing was set aside in it");
}

static const struct check checks[] = {
	{"usable",      NEED_SETTINGS, check_usable     },
	{"sync",        NEED_SETTINGS, check_synced     },
	{"file-system", NEED_SETTINGS, check_file_system},
	{"room",        NEED_SETTINGS, check_room       },
	{"waiting",     NEED_SETTINGS, check_waiting    },
	{"set-aside",   NEED_SETTINGS, check_set_aside  },
	{NULL,          0,             NULL             },
};

const struct check_group check_spool = {"spool", checks};
