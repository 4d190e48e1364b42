"""A token for EKS as the AWS command line makes it: region, cluster, key id, secret and session token are the arguments."""

import base64
import sys

import botocore.session
from botocore.credentials import Credentials
from botocore.signers import RequestSigner

region, cluster, key, secret, token = sys.argv[1:]
events = botocore.session.get_session().get_component("event_emitter")
service = type("ServiceId", (str,), {"hyphenize": lambda self: "sts"})("sts")
signer = RequestSigner(service, region, "sts", "v4", Credentials(key, secret, token or None), events)
url = signer.generate_presigned_url(
    {
        "method": "GET",
        "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    },
    region_name=region,
    expires_in=900,
    operation_name="",
)
print("k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="))
