"""Records as stored events of the `eventsourcing` library, and back."""

import zlib

import msgspec
import pytest
from eventsourcing.cryptography import AESCipher
from eventsourcing.persistence import MapperDeserialisationError
from eventsourcing.utils import Environment, get_topic, resolve_topic

from contracts import record as records
from contracts import upcasts
from contracts.events import EVENTS, CustomerRegistered
from eventlog.mapper import TYPES, RecordMapper, recorded
from logs import customer_registered


def cipher() -> AESCipher:
    return AESCipher(Environment(env={AESCipher.CIPHER_KEY: AESCipher.create_key(16)}))


def test_a_record_comes_back_as_it_was() -> None:
    event = recorded(customer_registered())
    assert RecordMapper().to_domain_event(RecordMapper().to_stored_event(event)) == event


def test_a_stored_event_is_the_record_as_the_log_has_it() -> None:
    record = customer_registered(version=4)
    stored = RecordMapper().to_stored_event(recorded(record))
    assert stored.originator_id == "acme/customer/cus_1"
    assert stored.originator_version == 4
    assert stored.state == records.encode(record)


def test_topics_are_type_names_and_never_python_paths() -> None:
    assert {get_topic(kind) for kind in TYPES.values()} == set(EVENTS)
    assert all(resolve_topic(name) is TYPES[name] for name in EVENTS)


def test_the_state_is_compressed_then_encrypted() -> None:
    plain, secret = cipher(), RecordMapper(compressor=zlib, cipher=cipher())  # type: ignore[arg-type]
    event = recorded(customer_registered())
    stored = secret.to_stored_event(event)
    assert b"cus_1" not in stored.state
    assert secret.cipher is not None
    assert zlib.decompress(secret.cipher.decrypt(stored.state)) == records.encode(event.record)
    assert secret.to_domain_event(stored) == event
    with pytest.raises(MapperDeserialisationError):
        RecordMapper(compressor=zlib, cipher=plain).to_domain_event(stored)  # type: ignore[arg-type]


def test_an_event_stored_in_an_older_shape_is_upcast(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = RecordMapper().to_stored_event(recorded(customer_registered()))
    old = msgspec.json.decode(stored.state)
    old["data"]["tongue"] = old["data"].pop("language")

    def renamed(data: upcasts.Shape) -> upcasts.Shape:
        return {"language" if name == "tongue" else name: value for name, value in data.items()}

    monkeypatch.setattr(CustomerRegistered, "VERSION", 2)
    monkeypatch.setitem(upcasts.UPCASTS, ("CustomerRegistered", 1), renamed)
    older = type(stored)(stored.originator_id, 1, stored.topic, msgspec.json.encode(old))
    event = RecordMapper().to_domain_event(older).record.event
    assert isinstance(event, CustomerRegistered)
    assert event.language == "en"


def test_what_cannot_be_decoded_names_its_event() -> None:
    stored = RecordMapper().to_stored_event(recorded(customer_registered()))
    with pytest.raises(MapperDeserialisationError, match="CustomerRegistered"):
        RecordMapper().to_domain_event(type(stored)(stored.originator_id, 1, stored.topic, b"{}"))


def test_only_recorded_events_are_mapped() -> None:
    with pytest.raises(TypeError):
        RecordMapper().to_stored_event(object())  # type: ignore[arg-type]
