"""The forms of a platform's registration and of the courses that it opens."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from lti.addresses import is_callable
from lti.models import LearningPlatform
from lti.models.platforms import LONGEST_ADDRESS, LONGEST_ID
from lti.registration.platforms import PlatformFacts

AGE_CHOICES: Final = (
    ("", _("Not known: opening a link creates no account")),
    ("adult", _("Adults")),
    ("teen", _("Teenagers")),
    ("child", _("Children")),
)
MOST_DEPLOYMENTS: Final = 100
PLAIN: Final = {"autocapitalize": "none", "spellcheck": "false"}


def validate_address(url: str) -> None:
    """Raise ValidationError unless this site may call the address."""
    if not is_callable(url):
        raise forms.ValidationError(
            _("Enter an address that begins with https:// and is on the internet.")
        )


def _address(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_ADDRESS,
        required=required,
        validators=[validate_address],
        help_text=help_text,
        widget=forms.TextInput(attrs=PLAIN),
    )


class PlatformForm(forms.Form):
    """A registration by hand: what the platform's page for external tools shows."""

    name = forms.CharField(
        label=_("Name of the platform"), max_length=80, help_text=_("For example: School Moodle.")
    )
    issuer = forms.CharField(
        label=_("Platform ID (issuer)"),
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs=PLAIN),
    )
    client_id = forms.CharField(
        label=_("Client ID"), max_length=LONGEST_ID, widget=forms.TextInput(attrs=PLAIN)
    )
    deployments = forms.CharField(
        label=_("Deployment IDs"),
        max_length=10_000,
        help_text=_("One per line."),
        widget=forms.Textarea(attrs={"rows": 2, **PLAIN}),
    )
    login_url = _address(_("Authentication request URL"))
    token_url = _address(_("Access token URL"))
    keys_url = _address(_("Public keyset URL"))
    audience = forms.CharField(
        label=_("Audience of access tokens (optional)"),
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text=_("Only if the platform asks for another one than its access token URL."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    age_band = forms.ChoiceField(
        label=_("People who open a link for the first time are"),
        choices=AGE_CHOICES,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("LTI sends no age. Minors need a parent or guardian as the rules here say."),
    )
    active = forms.BooleanField(label=_("Links work"), required=False, initial=True)

    def clean_deployments(self) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(str(self.cleaned_data["deployments"]).split()))
        if len(found) > MOST_DEPLOYMENTS or any(len(each) > LONGEST_ID for each in found):
            raise forms.ValidationError(_("These are too many or too long."))
        return found

    def facts(self) -> PlatformFacts:
        """Return the typed facts. The form must be valid."""
        return PlatformFacts(**{name: self.cleaned_data[name] for name in self.fields})

    @classmethod
    def describing(cls, platform: LearningPlatform) -> PlatformForm:
        """Return a form filled in with what is stored."""
        initial = {name: getattr(platform, name) for name in cls.base_fields}
        return cls(initial={**initial, "deployments": "\n".join(platform.deployments)})


class CourseChoiceForm(forms.Form):
    """The course here that a platform's course opens."""

    def __init__(self, *args: Any, courses: QuerySet[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"] = forms.ModelChoiceField(
            courses, to_field_name="slug", required=False, empty_label=_("None")
        )

    @property
    def selected_course(self) -> Course | None:
        course = self.cleaned_data["course"]
        return course if isinstance(course, Course) else None
