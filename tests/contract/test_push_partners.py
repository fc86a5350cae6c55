"""Whose batches, rows and data sets are whose."""

from batchgate import wiring
from tests.contract.push_calls import (
    NO_BATCH,
    NO_PATH,
    SUCCESS,
    row,
    sequence,
    told,
    verified,
)
from tests.gateway import Gateway
from tests.pushing import Maker, enrolled

INVENTORY = {
    "bu": "ISG",
    "odm": "LCFC",
    "odm_pn": "PN1",
    "location": "HF",
    "odm_qty": 1,
    "po": 1,
    "version": "1",
}


def test_a_partner_is_told_of_its_own_data_sets_only(standing: Gateway) -> None:
    """One that it may not use is answered like one that there is not."""
    limited = enrolled(standing, "limited")
    wiring.partners().limit("limited", {"odm/inventory", "odm/master_data"})
    wiring.partners.cache_clear()

    assert told(limited.push("POST", sequence(row()))) == SUCCESS
    for data_set in ("odm/bom", "odm/nothing", "t1/inventory", "odm/../odm/bom", "ODM/bom", "/"):
        assert told(limited.push("POST", sequence(row()), data_set)) == NO_PATH
        assert told(limited.status("B1", data_set)) == NO_PATH
    assert told(limited.status("B1", "odm/inventory")) == NO_BATCH


def test_two_partners_may_use_the_same_ids_and_keys(maker: Maker, twin: Maker) -> None:
    """Batch ids are unique to their sender only; a part may have two makers."""
    assert told(maker.push("POST", sequence(row(QTY=1)))) == SUCCESS
    assert told(twin.push("POST", sequence(row(QTY=2), row(QTY=2)))) == SUCCESS

    assert maker.records() == {"P1|H121": {"LENOVO_PN": "P1", "PLANT": "H121", "QTY": "1"}}
    assert twin.records() == {"P1|H121": {"LENOVO_PN": "P1", "PLANT": "H121", "QTY": "2"}}
    assert (maker.standing()["batch_size"], twin.standing()["batch_size"]) == (1, 2)


def test_a_partner_can_not_remove_or_replace_anothers_rows(maker: Maker, twin: Maker) -> None:
    """A replacement clears its sender's data set, nobody else's."""
    maker.push("POST", sequence(row("P1"), row("P2")))
    maker.gateway.clock.move(ms=1)

    assert told(twin.push("DELETE", sequence(row("P1"), batch="D"))) == SUCCESS
    assert told(twin.push("PATCH", sequence(row("P3"), batch="R"))) == SUCCESS
    maker.gateway.drain()

    assert sorted(maker.records()) == ["P1|H121", "P2|H121"]
    assert sorted(twin.records()) == ["P3|H121"]
    assert twin.standing("R")["removed"] == 0


def test_an_unknown_batch_and_another_partners_are_told_alike(maker: Maker, twin: Maker) -> None:
    """Otherwise a partner could find out what others push."""
    maker.push("POST", sequence(row()))

    theirs, nobodys = twin.status("B1"), maker.status("B2")

    assert told(theirs) == told(nobodys) == NO_BATCH
    assert theirs.headers == nobodys.headers


def test_a_batch_id_names_one_batch_in_each_data_set(maker: Maker) -> None:
    """A sender may count its batches per data set; replacing one leaves the others alone."""
    assert told(maker.push("POST", sequence(row()))) == SUCCESS
    assert told(maker.push("PUT", sequence(INVENTORY), "odm/inventory"))[1]["code"] == "E00W00"
    assert told(maker.push("PATCH", sequence(INVENTORY, batch="B2"), "odm/inventory")) == SUCCESS
    maker.gateway.drain()

    assert maker.standing("B1")["method"] == "POST"
    assert maker.standing("B1", "odm/inventory")["method"] == "PUT"
    assert told(maker.status("B2")) == NO_BATCH
    assert sorted(maker.records()) == ["P1|H121"]
    assert sorted(maker.records("odm/inventory")) == ["ISG|LCFC|PN1|HF|1"]


def test_a_row_of_another_data_set_is_none_of_this_one(maker: Maker) -> None:
    """A path that was mixed up is told, field by field."""
    wrong = {"bu": "ISG", "QTY": 1}

    assert told(maker.push("POST", sequence(wrong))) == verified(
        (
            wrong,
            [("value required", "LENOVO_PN"), ("value required", "PLANT"), ("field unknown", "bu")],
        )
    )
