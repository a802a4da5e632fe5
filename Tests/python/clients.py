"""Two libraries that programs use against the platform, against this hub. Each line that fails ends the run."""

import datetime
import os

import pysnc
import pysnc.client
import pysnow
import requests

URL = os.environ["LINCHPIN_URL"]
TOKEN = os.environ["LINCHPIN_TOKEN"]


def same(what, found, wanted):
    assert found == wanted, f"{what}: {found!r}, wanted {wanted!r}"
    print("ok", what)


def with_pysnow():
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + TOKEN
    client = pysnow.Client(host=URL.removeprefix("http://"), use_ssl=False, session=session)
    incidents = client.resource(api_path="/table/incident")
    for number in range(3):
        made = incidents.create(payload={"number": f"P{number}", "short_description": "Printer", "state": "new"})
        same("pysnow: create", made["number"], f"P{number}")
    same("pysnow: get", len(incidents.get(query={"state": "new"}).all()), 3)
    # Reads the list page by page, by offset.
    streamed = incidents.get(query={"state": "new"}, stream=True, limit=2).all()
    same("pysnow: stream", len(list(streamed)), 2)
    query = (
        pysnow.QueryBuilder().field("short_description").contains("PRINT").AND().field("state")
        .equals(["new", "closed"]).AND().field("number").order_descending()
    )
    same("pysnow: contains, in, order", [row["number"] for row in incidents.get(query=query).all()], ["P2", "P1", "P0"])
    start, end = datetime.datetime(2020, 1, 1), datetime.datetime(2100, 1, 1)
    query = pysnow.QueryBuilder().field("sys_created_on").between(start, end)
    same("pysnow: between moments", len(incidents.get(query=query).all()), 3)
    query = (
        pysnow.QueryBuilder().field("sys_created_on").less_than(start).NQ().field("number").ends_with("1")
        .OR().field("number").not_contains("P")
    )
    same("pysnow: less, new query, ends with, or", [row["number"] for row in incidents.get(query=query).all()], ["P1"])
    same("pysnow: update", incidents.update(query={"number": "P1"}, payload={"state": "resolved"})["state"], "resolved")
    incidents.parameters.display_value = True
    incidents.parameters.exclude_reference_link = True
    row = incidents.get(query={"number": "P1"}, fields=["state", "caller_id.name"]).one()
    same("pysnow: names, dot-walk", row, {"state": "Resolved", "caller_id.name": ""})
    for number in range(3):
        incidents.delete(query={"number": f"P{number}"})
    same("pysnow: delete", incidents.get(query={}).all(), [])


class Bearer(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = "Bearer " + TOKEN
        return request


def with_pysnc():
    # It takes https alone; the hub under test speaks plain HTTP on loopback.
    pysnc.client.get_instance = lambda instance: instance
    client = pysnc.ServiceNowClient(URL, Bearer())
    for number in range(5):
        record = client.GlideRecord("incident")
        record.initialize()
        record.number = f"S{number}"
        record.short_description = "Lift"
        record.state = "new"
        assert record.insert(), "pysnc: insert"
    found = client.GlideRecord("incident", batch_size=2)
    found.add_query("short_description", "STARTSWITH", "Li")
    found.order_by_desc("number")
    found.query()
    same("pysnc: pages", [row.get_value("number") for row in found], ["S4", "S3", "S2", "S1", "S0"])
    found = client.GlideRecord("incident")
    found.add_query("state", "IN", "closed,resolved").add_or_condition("number", "ENDSWITH", "3")
    found.add_not_null_query("short_description")
    found.add_null_query("description")
    found.query()
    same("pysnc: or, null", len(found), 1)
    assert found.next()
    found.state = "closed"
    assert found.update(), "pysnc: update"
    again = client.GlideRecord("incident")
    assert again.get(found.sys_id), "pysnc: get"
    same("pysnc: names", (again.get_value("state"), again.get_display_value("state")), ("closed", "Closed"))
    same("pysnc: created by", again.get_value("sys_created_by"), "tester")
    people = client.GlideRecord("sys_user")
    people.add_query("user_name", "tester")
    people.query()
    same("pysnc: people", len(people), 1)
    gone = client.GlideRecord("incident")
    gone.query()
    while gone.next():
        assert gone.delete(), "pysnc: delete"
    left = client.GlideRecord("incident")
    left.query()
    same("pysnc: delete", len(left), 0)


with_pysnow()
with_pysnc()
