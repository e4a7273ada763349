"""The kept calendar is the library's own, and a spoilt file is never used."""

import warnings

import pandas as pd

from data.calendars import nyse, publication
from data.calendars.publication import FIRST, LAST


def kept_files(home):
    return list((home / "cache").glob("nyse-*"))


def test_kept_is_what_the_library_says(own_home):
    built, read = nyse.closes(FIRST, LAST), nyse.closes(FIRST, LAST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import exchange_calendars

        library = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST).closes
    assert len(kept_files(own_home)) == 1
    for found in (built, read):
        assert found.index.equals(pd.DatetimeIndex(library.index).as_unit("ns"))
        assert (found.to_numpy() == library.dt.as_unit("ns").to_numpy()).all()
        assert str(found.dtype) == "datetime64[ns, UTC]"


def test_the_second_call_does_not_build(own_home, monkeypatch):
    nyse.closes(FIRST, LAST)
    monkeypatch.setattr(nyse, "_build", lambda *_: 1 / 0)
    assert len(nyse.closes(FIRST, LAST)) == 12_840


def test_a_spoilt_file_is_built_anew(own_home):
    whole = nyse.closes(FIRST, LAST)
    (file,) = kept_files(own_home)
    content = file.read_bytes()
    for spoilt in (b"", content[:1000], content[:5000] + b"\x00" + content[5001:], b"x" * len(content)):
        file.write_bytes(spoilt)
        assert nyse.closes(FIRST, LAST).equals(whole)
        assert file.read_bytes() == content


def test_a_home_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "file" / "below"))
    assert len(nyse.closes(FIRST, LAST)) == 12_840


def test_federal_holidays_are_kept_too(own_home, monkeypatch):
    from pandas.tseries.holiday import USFederalHolidayCalendar

    library = USFederalHolidayCalendar().holidays(FIRST, LAST + pd.Timedelta(days=366))
    find = publication.federal_holidays.__wrapped__
    built = find()
    assert len(list((own_home / "cache").glob("federal-*"))) == 1
    monkeypatch.setattr(publication, "_federal_holidays", lambda *_: 1 / 0)
    for found in (built, find()):
        assert found.dtype == "datetime64[D]"
        assert (found == library.to_numpy().astype("datetime64[D]")).all()
