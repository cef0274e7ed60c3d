"""Where people live in the United States: the cities the sample accounts are in.

Coordinates and metropolitan populations (thousands, rounded) are public knowledge; they place made-up companies.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CITIES", "City"]


@dataclass(frozen=True, slots=True)
class City:
    """A city.

    Parameters
    ----------
    name, state : str
        Name and two-letter state.
    lat, lon : float
        Centre in degrees.
    population : float
        People in the metropolitan area, thousands.
    time_zone : str
        IANA time zone.
    """

    name: str
    state: str
    lat: float
    lon: float
    population: float
    time_zone: str


_ZONES = {
    "E": "America/New_York",
    "C": "America/Chicago",
    "M": "America/Denver",
    "A": "America/Phoenix",
    "P": "America/Los_Angeles",
}

_TABLE = """
New York,NY,40.713,-74.006,19500,E|Newark,NJ,40.736,-74.172,1200,E|Stamford,CT,41.053,-73.539,950,E
Hartford,CT,41.764,-72.685,1150,E|Boston,MA,42.360,-71.059,4900,E|Worcester,MA,42.263,-71.802,860,E
Providence,RI,41.824,-71.413,1670,E|Manchester,NH,42.996,-71.455,425,E|Portland,ME,43.661,-70.255,560,E
Burlington,VT,44.476,-73.212,225,E|Albany,NY,42.653,-73.757,900,E|Syracuse,NY,43.048,-76.147,660,E
Rochester,NY,43.157,-77.609,1080,E|Buffalo,NY,42.886,-78.878,1160,E|Philadelphia,PA,39.953,-75.164,6200,E
Allentown,PA,40.608,-75.490,860,E|Harrisburg,PA,40.273,-76.887,600,E|Scranton,PA,41.409,-75.662,570,E
Pittsburgh,PA,40.441,-79.996,2350,E|Wilmington,DE,39.746,-75.547,570,E|Baltimore,MD,39.290,-76.612,2830,E
Washington,DC,38.907,-77.037,6300,E|Richmond,VA,37.541,-77.436,1340,E|Norfolk,VA,36.851,-76.286,1800,E
Roanoke,VA,37.271,-79.941,315,E|Charleston,WV,38.350,-81.633,205,E|Charlotte,NC,35.227,-80.843,2760,E
Raleigh,NC,35.780,-78.638,1480,E|Greensboro,NC,36.073,-79.792,780,E|Asheville,NC,35.595,-82.551,475,E
Columbia,SC,34.001,-81.035,840,E|Greenville,SC,34.853,-82.394,950,E|Charleston,SC,32.777,-79.931,830,E
Atlanta,GA,33.749,-84.388,6200,E|Savannah,GA,32.081,-81.091,415,E|Augusta,GA,33.474,-82.010,620,E
Jacksonville,FL,30.332,-81.656,1680,E|Orlando,FL,28.538,-81.379,2760,E|Tampa,FL,27.951,-82.457,3290,E
Miami,FL,25.762,-80.192,6140,E|Fort Myers,FL,26.640,-81.872,820,E|Tallahassee,FL,30.438,-84.281,390,E
Birmingham,AL,33.519,-86.810,1120,C|Huntsville,AL,34.730,-86.586,515,C|Mobile,AL,30.695,-88.040,430,C
Jackson,MS,32.299,-90.185,610,C|New Orleans,LA,29.951,-90.072,1250,C|Baton Rouge,LA,30.451,-91.187,875,C
Memphis,TN,35.150,-90.049,1330,C|Nashville,TN,36.163,-86.781,2070,C|Knoxville,TN,35.961,-83.921,930,E
Chattanooga,TN,35.046,-85.309,575,E|Louisville,KY,38.253,-85.759,1360,E|Lexington,KY,38.041,-84.504,520,E
Cincinnati,OH,39.103,-84.512,2270,E|Columbus,OH,39.961,-82.999,2180,E|Cleveland,OH,41.499,-81.694,2160,E
Toledo,OH,41.653,-83.538,600,E|Dayton,OH,39.759,-84.192,810,E|Akron,OH,41.081,-81.519,700,E
Detroit,MI,42.331,-83.046,4340,E|Grand Rapids,MI,42.963,-85.668,1150,E|Lansing,MI,42.733,-84.556,540,E
Indianapolis,IN,39.768,-86.158,2140,E|Fort Wayne,IN,41.079,-85.139,430,E|Evansville,IN,37.972,-87.571,315,C
Chicago,IL,41.878,-87.630,9270,C|Rockford,IL,42.271,-89.094,335,C|Peoria,IL,40.694,-89.589,360,C
Milwaukee,WI,43.039,-87.907,1560,C|Madison,WI,43.073,-89.401,690,C|Green Bay,WI,44.513,-88.013,330,C
Minneapolis,MN,44.978,-93.265,3690,C|Duluth,MN,46.787,-92.100,280,C|Des Moines,IA,41.587,-93.624,730,C
Cedar Rapids,IA,41.978,-91.666,275,C|Davenport,IA,41.524,-90.578,380,C|St. Louis,MO,38.627,-90.199,2800,C
Kansas City,MO,39.100,-94.579,2220,C|Springfield,MO,37.209,-93.292,490,C|Little Rock,AR,34.746,-92.290,760,C
Fayetteville,AR,36.063,-94.157,575,C|Tulsa,OK,36.154,-95.993,1030,C|Oklahoma City,OK,35.468,-97.516,1460,C
Wichita,KS,37.687,-97.330,650,C|Topeka,KS,39.047,-95.678,230,C|Omaha,NE,41.257,-95.935,975,C
Lincoln,NE,40.814,-96.702,340,C|Sioux Falls,SD,43.546,-96.731,290,C|Fargo,ND,46.877,-96.790,260,C
Dallas,TX,32.777,-96.797,5300,C|Fort Worth,TX,32.755,-97.331,2600,C|Houston,TX,29.760,-95.370,7370,C
San Antonio,TX,29.425,-98.494,2650,C|Austin,TX,30.267,-97.743,2420,C|Corpus Christi,TX,27.801,-97.396,450,C
Lubbock,TX,33.578,-101.855,325,C|El Paso,TX,31.762,-106.485,870,M|McAllen,TX,26.203,-98.230,890,C
Albuquerque,NM,35.084,-106.650,920,M|Denver,CO,39.739,-104.990,2990,M|Colorado Springs,CO,38.834,-104.821,765,M
Fort Collins,CO,40.585,-105.084,365,M|Cheyenne,WY,41.140,-104.820,100,M|Billings,MT,45.783,-108.501,190,M
Boise,ID,43.615,-116.202,810,M|Salt Lake City,UT,40.761,-111.891,1270,M|Provo,UT,40.234,-111.659,715,M
Phoenix,AZ,33.448,-112.074,5020,A|Tucson,AZ,32.222,-110.975,1060,A|Las Vegas,NV,36.170,-115.140,2320,P
Reno,NV,39.530,-119.814,500,P|Los Angeles,CA,34.052,-118.244,9700,P|Anaheim,CA,33.836,-117.914,3150,P
Riverside,CA,33.953,-117.396,4670,P|San Diego,CA,32.716,-117.161,3280,P|Bakersfield,CA,35.373,-119.019,915,P
Fresno,CA,36.738,-119.787,1010,P|Sacramento,CA,38.582,-121.494,2420,P|San Francisco,CA,37.775,-122.419,2600,P
Oakland,CA,37.804,-122.271,1950,P|San Jose,CA,37.338,-121.886,1940,P|Stockton,CA,37.958,-121.291,790,P
Portland,OR,45.515,-122.678,2510,P|Eugene,OR,44.052,-123.087,380,P|Seattle,WA,47.606,-122.332,4030,P
Tacoma,WA,47.253,-122.444,920,P|Spokane,WA,47.659,-117.426,600,P
"""


def _parse(entry: str) -> City:
    name, state, lat, lon, population, zone = entry.split(",")
    return City(name, state, float(lat), float(lon), float(population), _ZONES[zone])


CITIES = tuple(_parse(entry) for line in _TABLE.strip().splitlines() for entry in line.split("|"))
