"""The columns the library knows, the spellings it recognises, and what each may hold."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACCOUNT_COLUMNS", "LOOK_ALIKES", "REP_COLUMNS", "Spec"]

# sums of larger amounts lose their cents in double precision
MONEY_LIMIT = 1e15


@dataclass(frozen=True, slots=True)
class Spec:
    """One canonical column.

    Parameters
    ----------
    name : str
        Canonical name.
    kind : str
        ``id``, ``text``, ``list``, ``choice``, ``number``, ``money``, ``date`` or ``flag``.
    strong, weak : tuple of str
        Recognised headers as :func:`territory_opt._text.header_key` spells them; a weak one gives way to a strong one.
    low, high : float
        What a number may be, both ends included.
    blank : bool
        Whether cells may be empty.
    choices : tuple of (spelling, value)
        What a choice may hold.
    share : bool
        Whether the number is a share, so that ``15%`` is 0.15.
    """

    name: str
    kind: str
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    low: float = float("-inf")
    high: float = float("inf")
    blank: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    share: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _money(name: str, strong: str = "", weak: str = "", *, blank: bool = True) -> Spec:
    return Spec(name, "money", _words(strong), _words(weak), 0.0, MONEY_LIMIT, blank)


def _number(name: str, low: float, high: float, strong: str = "", weak: str = "") -> Spec:
    return Spec(name, "number", _words(strong), _words(weak), low, high)


_LAT = _number("lat", -90.0, 90.0, "latitude billinglatitude geolatitude homelat homelatitude", "shippinglatitude")
_LON = _number(
    "lon",
    -180.0,
    180.0,
    "lng long longitude billinglongitude geolongitude homelon homelng homelongitude",
    "shippinglongitude",
)
_TIME_ZONE = Spec("time_zone", "text", _words("timezone tz timezonesidkey hstimezone"))

ACCOUNT_COLUMNS = (
    Spec(
        "account_id",
        "id",
        _words(
            "id accountid accountid18 casesafeid recordid companyid customerid hsobjectid "
            "accountnumber customernumber crmid"
        ),
        _words("account key uuid globalid"),
        blank=False,
    ),
    Spec("name", "text", _words("accountname companyname customername company"), _words("customer businessname title")),
    _LAT,
    _LON,
    _money(
        "named_acv",
        "namedacvpotential namedpotential acvnamed namedaccountacv",
        blank=False,
    ),
    _money(
        "white_space_acv",
        "whitespaceacvpotential whitespacepotential acvwhitespace whitespace whiteacv",
        blank=False,
    ),
    _money(
        "acv",
        "annualcontractvalue acvpotential potentialacv forecastacv acvforecast annualpotential 3yearacvpotential tam",
        "potential accountvalue value arr amount",
        blank=False,
    ),
    _money("friction", "coveragefriction frictionpenalty coveragepenalty coveragefrictionpenalty", blank=False),
    _number("fit", 0.0, 100.0, "fitscore icpfit icpscore icpfitscore accountscore hubspotscore leadscore"),
    _number("firmographic", 0.0, 100.0, "firmographicfit firmographicscore fitfirmographic"),
    _number("technographic", 0.0, 100.0, "technographicfit technographicscore fittechnographic"),
    _number("intent", 0.0, 100.0, "intentscore fitintent"),
    Spec(
        "tier",
        "choice",
        _words("accounttier customertier tierabc abc abcclass"),
        choices=(
            ("a", "A"), ("b", "B"), ("c", "C"), ("tiera", "A"), ("tierb", "B"), ("tierc", "C"),
            ("classa", "A"), ("classb", "B"), ("classc", "C"),
        ),
    ),
    Spec(
        "bucket",
        "choice",
        _words("carvebucket pool accountbucket"),
        choices=(
            ("named", "named"), ("namedaccount", "named"),
            ("priorityinbound", "priority_inbound"), ("priority", "priority_inbound"),
            ("whitespace", "white_space"),
        ),
    ),
    Spec("vertical", "text", _words("industry industryvertical industrysector"), _words("sector")),
    Spec("segment", "text", _words("customersegment accountsegment marketsegment sizesegment companysize")),
    Spec(
        "region",
        "text",
        _words("salesregion territoryregion regionaloffice"),
        _words("state billingstate billingstatecode stateregion stateprovince province"),
    ),
    Spec("language", "text", _words("preferredlanguage spokenlanguage locale hslanguage")),
    _TIME_ZONE,
    Spec(
        "owner",
        "text",
        _words("ownerid accountowner accountownerid companyowner hubspotownerid ownername currentowner recordowner"),
        _words("salesrep salesagent rep repid assignedto owneralias accountexecutive"),
    ),
    Spec(
        "parent_id",
        "text",
        _words("parentid parentaccountid parentaccount parentcompanyid parentcompany hsparentcompanyid"),
        _words("parent subsidiaryof ultimateparent ultimateparentid"),
    ),
    Spec(
        "last_activity",
        "date",
        _words("lastactivitydate lastactivityon lastactivity lastcontacted lastcontacteddate noteslastcontacted"),
        _words("lasttouch lasttouchdate lastcontact lastcontactdate lastengagementdate"),
    ),
    Spec("partner_sourced", "flag", _words("partner ispartnersourced partnersource sourcedbypartner partnerflag")),
    _number("visits", 0.0, 1e6, "visitsperyear visitsayear yearlyvisits annualvisits callsperyear"),
    Spec("speed_kmh", "number", _words("speed travelspeed travelspeedkmh"), low=1.0, high=1_000.0),
    Spec(
        "density",
        "choice",
        _words("densityclass urbanity urbanrural"),
        choices=(("urban", "urban"), ("suburban", "suburban"), ("rural", "rural")),
    ),
    Spec("city", "text", _words("billingcity town"), _words("locality")),
    Spec("postal_code", "text", _words("postcode zip zipcode billingpostalcode billingzip billingzippostalcode")),
    Spec("country", "text", _words("billingcountry billingcountrycode countryregion"), _words("officelocation")),
    _money("current_spend", "currentacv currentarr spend annualspend existingspend"),
    _money("expansion", "expansionpotential expansionacv upsell upsellpotential"),
    _money("first_year_deal", "firstyeardealvalue estimatedfirstyeardeal firstyearvalue estimateddeal dealsize"),
    Spec(
        "probability", "number", _words("closeprobability winprobability dealprobability"), (), 0.0, 1.0, share=True
    ),
)  # fmt: skip

REP_COLUMNS = (
    Spec(
        "rep_id",
        "id",
        _words("id userid repid ownerid salesrepid agentid sellerid employeeid hubspotownerid username salesagentid"),
        _words("rep salesrep salesagent agent owner seller user accountexecutive"),
        blank=False,
    ),
    Spec("name", "text", _words("repname fullname salesrepname ownername sellername username"), _words("displayname")),
    _LAT,
    _LON,
    Spec(
        "capacity", "number", _words("capacityshare share fte bookshare capacityfte"), (), 0.01, 10.0, share=True
    ),
    Spec("verticals", "list", _words("vertical industries industry servesverticals"), _words("sectors sector")),
    Spec("segments", "list", _words("segment servessegments")),
    Spec("regions", "list", _words("region salesregion servesregions regionaloffice")),
    Spec("languages", "list", _words("language spokenlanguages")),
    _TIME_ZONE,
    _number("tenure_years", 0.0, 80.0, "tenure yearstenure tenureyrs yearsinrole yearsofservice"),
    Spec("role", "text", _words("jobrole userrole userrolename title jobtitle")),
    Spec("manager", "text", _words("managername managerid salesmanager reportsto")),
    _money("quota", "annualquota salesquota yearlyquota"),
)  # fmt: skip

# headers that look like money of the account but are the size of its business, so they are never read as ACV
LOOK_ALIKES = {
    "annualrevenue": "the company's own revenue, not the ACV it could bring",
    "revenue": "the company's own revenue, not the ACV it could bring",
    "numberofemployees": "a head count",
    "employees": "a head count",
}
