"""Whether an answer is all that its type says, and nothing that nobody knows."""

import pydantic

# What the service sends beyond the types of the clients, by the name of the model.
KNOWN_EXTRAS = {
    # Seen on the service.
    "FlushDone": {"data"},
    "Voice": {"accents", "is_pro", "status"},
    # Transcripts got these after version 2 was made.
    "TranscriptionResponse": {"type", "request_id"},
}


def check_model(use, model, what):
    """Required fields are there, all fields have their types, and there are no others."""
    plain = model.model_dump(mode="json", by_alias=True)
    pydantic.TypeAdapter(type(model)).validate_python(plain)
    unknown = sorted(extras(model))
    use.equal(unknown, [], f"fields of {what} that its type does not know")


def extras(value):
    """Paths of fields that are not in the types, except the known ones."""
    if isinstance(value, pydantic.BaseModel):
        kind = type(value).__name__.split("[")[0]
        known = KNOWN_EXTRAS.get(kind, ())
        for name in value.model_extra or ():
            if name not in known:
                yield f"{kind}.{name}"
        for name in type(value).model_fields:
            yield from extras(getattr(value, name, None))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from extras(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from extras(item)
