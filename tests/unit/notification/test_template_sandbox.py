"""A template can choose and show facts, and nothing else: no way out, no loop for ever, no member of an object."""

import pytest

from notification.rendering.sandbox import OUTPUT_LIMIT, TURNS, Open, TemplateRefused, check, fill


class Spy:
    """An object of ours that slipped into the facts."""

    secret = "the key"

    def __str__(self) -> str:
        return self.secret


FACTS = {
    "name": "<b>Joe</b>",
    "nothing": None,
    "names": ["Ann", "<i>"],
    "many": list(range(200)),
    "start": {"full": "Monday", "hour": 9},
    "custom_fields": Open(allergy="nuts"),
    "spy": Spy(),
}

HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ spy.secret }}",
    "{{ spy['secret'] }}",
    "{{ spy }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ namespace }}",
    "{{ joiner }}",
    "{{ range(1, 1000000000)|list }}",
    "{% for i in range(1000000000) %}{% endfor %}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'a' ~ 'b' }}",
    "{% set a = 'a' %}",
    "{{ '%s' % name }}",
    "{{ '%1000000000s'|format(name) }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{{ names|map(attribute='__class__')|list }}",
    "{{ names|map('upper')|list }}",
    "{{ name|safe }}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'other' %}",
    "{% block a %}{% endblock %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% call spy() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% for a in names recursive %}{{ loop(names) }}{% endfor %}",
    "{% for a in names %}{{ loop.__class__ }}{% endfor %}",
    "{% for a in names %}{{ loop.changed(1) }}{% endfor %}",
    "{% for a in names %}{{ loop._iterable }}{% endfor %}",
    "{{ name[0:1] }}",
    "{{ [1, 2]|length }}",
    "{{ {'a': 1} }}",
    "{% do names.append(1) %}",
    "{{ names.append(1) }}",
    "{{ start.items() }}",
    "{{ start.keys }}",
    "{{ names.0.__class__ }}",
    "{{ 1 if name is callable }}",
    "{{ name is filter('x') }}",
    "{{ nothing|default(spy.secret) }}",
    "{{ caller }}",
    "{{ names }}",
    "{{ start }}",
    "{{ " + "9" * 5_000 + " }}",
    "{{ " + "(" * 5_000 + "name" + ")" * 5_000 + " }}",
    "{{ " + "not " * 5_000 + "name }}",
    "{{ name" + ".a" * 4_000 + " }}",
    "{% for a in many %}" * 40 + "{% endfor %}" * 40,
    "{% if name %}" * 900 + "{% endif %}" * 900,
    "{{ name }}" * 6_000,
    "a" * 70_000,
    "{{",
    "{% if %}",
    "{# never closed",
    "\udcff{{ nobody }}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("html", [False, True])
def test_a_hostile_template_is_refused(source: str, html: bool) -> None:
    with pytest.raises(TemplateRefused):
        fill(source, FACTS, html=html)


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_what_it_is_refused_with_tells_nothing_of_the_facts(source: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        fill(source, FACTS)
    assert "Joe" not in refused.value.why
    assert "the key" not in refused.value.why
    assert len(refused.value.why) < 300


@pytest.mark.parametrize("name", ["range", "dict", "lipsum", "cycler", "joiner", "namespace", "self", "context"])
def test_nothing_is_there_but_the_facts(name: str) -> None:
    source = f"{{{{ 'there' if {name} is defined }}}}"
    if name == "self":
        with pytest.raises(TemplateRefused):
            fill(source, FACTS)
    else:
        assert fill(source, FACTS) == ""


def test_loops_within_loops_take_a_bounded_number_of_turns_together() -> None:
    with pytest.raises(TemplateRefused, match="turns"):
        fill("{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}", FACTS)
    assert fill("{% for a in many %}{{ a if loop.last }}{% endfor %}", FACTS) == "199"
    assert TURNS < 200 * 200, "the loops above go beyond"


def test_each_rendering_has_its_own_turns() -> None:
    source = "{% for a in many %}{% for b in names %}{% endfor %}{% endfor %}x"
    assert [fill(source, FACTS) for _ in range(TURNS // 400)] == ["x"] * (TURNS // 400)


def test_what_is_written_has_a_bounded_size() -> None:
    source = "{% for a in many %}" + "x" * 6_000 + "{% endfor %}"
    assert OUTPUT_LIMIT < 200 * 6_000
    with pytest.raises(TemplateRefused, match="characters"):
        fill(source, FACTS)


def test_a_list_is_joined_within_bounds_and_a_text_is_not_joined_at_all() -> None:
    assert fill("{{ names|join(' and ') }}", FACTS) == "Ann and <i>"
    assert fill("{{ name|join('xxxxxxxx') }}", FACTS) == ""
    with pytest.raises(TemplateRefused, match="joined"):
        fill("{{ many|join('" + "x" * 1_000 + "') }}", FACTS)


def test_facts_are_escaped_in_html_and_stand_as_they_are_in_text() -> None:
    assert fill("{{ name }}", FACTS, html=True) == "&lt;b&gt;Joe&lt;/b&gt;"
    assert fill("{{ names|join('<br>') }}", FACTS, html=True) == "Ann&lt;br&gt;&lt;i&gt;"
    assert fill("{{ name|upper }}", FACTS, html=True) == "&lt;B&gt;JOE&lt;/B&gt;"
    assert fill("{{ name }}", FACTS) == "<b>Joe</b>"


def test_what_is_not_there_shows_nothing_and_what_nobody_knows_is_an_error() -> None:
    assert fill("[{{ nothing }}{{ nothing.at.all }}{{ custom_fields.shoe_size }}]", FACTS) == "[]"
    assert fill("{{ custom_fields.allergy }} {{ start.hour }}", FACTS) == "nuts 9"
    for source in ("{{ start.minute }}", "{{ nobody }}", "{{ names.7 }}"):
        with pytest.raises(TemplateRefused):
            fill(source, FACTS)


def test_members_that_have_names_of_methods_are_members() -> None:
    assert fill("{{ custom_fields.items }}{{ custom_fields.get }}", {"custom_fields": Open(items="3")}) == "3"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a\nb\n{{ nobody }}", 3),
        ("a\n{% if nothing %}\n{{ nobody }}\n{% endif %}", 3),
        ("a\n\n\n{{ start.minute }}", 4),
        ("{% if name %}\n\n{% endfor %}", 3),
        ("a\n{{ range(3) }}", 2),
        ("a\nb\n{{ names }}", 3),
        ("a\nb\n\n\n{{ name|safe }}", 5),
    ],
)
def test_a_fault_is_told_with_its_line(source: str, line: int) -> None:
    assert refusal_of(source).line == line


def refusal_of(source: str) -> TemplateRefused:
    """As a tenant would be told it."""
    try:
        check(source, FACTS.keys())
        fill(source, FACTS)
    except TemplateRefused as refused:
        return refused
    raise AssertionError("it is not refused")


def test_a_tag_that_a_loop_names_is_known_within_the_template() -> None:
    check("{% for one in names %}{{ one }}{{ loop.index }}{% endfor %}", FACTS.keys())
