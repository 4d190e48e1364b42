"""moto's server with a clock of SQS that tests can set: PUT /sluice/clock with milliseconds, or nothing for the real time."""

import sys
import types

# moto's CloudFormation loads its API Gateway, which loads a checker of OpenAPI documents: 30 packages for nothing here.
for name in ("", ".validation", ".validation.exceptions"):
    sys.modules["openapi_spec_validator" + name] = types.SimpleNamespace(
        validate=None, OpenAPIValidationError=Exception, __path__=[]
    )

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.sqs import models as sqs
from werkzeug.serving import run_simple

real_time = sqs.unix_time
stopped_at = None


def unix_time(moment=None):
    if moment is None and stopped_at is not None:
        return stopped_at / 1000
    return real_time(moment)


def unix_time_millis(moment=None):
    return unix_time(moment) * 1000


sqs.unix_time = unix_time
sqs.unix_time_millis = unix_time_millis
# A lease of n seconds ends after n seconds; with a clock that stands still, moto's own "later than" would never see it end.
sqs.Message.visible = property(lambda message: unix_time_millis() >= message.visible_at)
# The tests hand messages to the built functions themselves; moto would run functions in Docker.
sqs.Queue.lambda_event_source_mappings = property(lambda queue: {}, lambda queue, mappings: None)
aws = DomainDispatcherApplication(create_backend_app)


def app(environ, start_response):
    global stopped_at
    if environ["PATH_INFO"] != "/sluice/clock":
        return aws(environ, start_response)
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    stopped_at = float(text) if text else None
    start_response("204 No Content", [])
    return []


run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True, request_handler=MotoRequestHandler)
