"""`manage.py move_media --to s3|folder`: move the stored files to the other store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.media.media_store import MediaStore, open_bucket, open_folder
from courses.media.moves import MoveCounts, move_files
from courses.media.stored_file import StoreUnavailable

BUCKET_KEPT = (
    "Nothing was moved: this command deletes nothing from a bucket, because a running site may "
    "use it. Move without --delete-source, and empty the bucket when the site runs with the folder."
)


class Command(BaseCommand):
    help = (
        "Copies the stored files between MEDIA_ROOT and the bucket of MEDIA_S3_URL, reads each "
        "copy again and compares it. It can be stopped and repeated at any time. Exit code: 0 all "
        "are there, 1 not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", choices=("s3", "folder"), required=True)
        parser.add_argument(
            "--delete-source",
            action="store_true",
            help="with --to s3: delete each file from MEDIA_ROOT once its copy is equal",
        )
        parser.add_argument(
            "--only-missing",
            action="store_true",
            help="copy what an earlier run has not copied, and do not compare the rest again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["to"] == "folder" and options["delete_source"]:
            raise CommandError(BUCKET_KEPT)
        if options["only_missing"] and options["delete_source"]:
            raise CommandError("Nothing was moved: --delete-source has to compare each copy.")
        try:
            source, target = self._open(options["to"])
            counts = move_files(
                source,
                target,
                delete=options["delete_source"],
                only_missing=options["only_missing"],
                tell=self._tell_difference,
            )
        except (StoreUnavailable, OSError) as error:
            raise CommandError(f"Stopped, and can be repeated: {error}") from None
        self.stdout.write(self._describe(counts))
        if counts.differed:
            raise CommandError(f"{counts.differed} files are not there.")

    def _open(self, to: str) -> tuple[MediaStore, MediaStore]:
        folder, bucket = open_folder(), open_bucket()
        bucket.check()
        return (folder, bucket) if to == "s3" else (bucket, folder)

    def _tell_difference(self, name: str) -> None:
        self.stderr.write(f"The copy of {name} was not equal, and was deleted.")

    def _describe(self, counts: MoveCounts) -> str:
        return (
            f"{counts.copied} files copied ({counts.bytes / 1e6:.1f} MB), "
            f"{counts.copied_before} were there, {counts.differed} not equal, "
            f"{counts.deleted} deleted at their old place."
        )
