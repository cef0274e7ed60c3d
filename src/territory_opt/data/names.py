"""Words that make up the names of the sample's companies and reps; nobody real is meant."""

from __future__ import annotations

__all__ = ["FAMILY_NAMES", "FIRST_WORDS", "GIVEN_NAMES", "LAST_WORDS", "VERTICALS"]

VERTICALS = ("Manufacturing", "Healthcare", "Retail", "Logistics", "Energy", "Education")

FIRST_WORDS = (
    "Alder", "Amber", "Anchor", "Aspen", "Atlas", "Beacon", "Birch", "Bluewater", "Bramble", "Bridge", "Canyon",
    "Cedar", "Cobalt", "Compass", "Copper", "Coral", "Crescent", "Delta", "Dogwood", "Eastgate", "Elm", "Ember",
    "Falcon", "Fern", "Flint", "Foxglove", "Garnet", "Granite", "Harbor", "Hawthorn", "Hazel", "Heron",
    "Hickory", "Ironwood", "Ivory", "Juniper", "Keystone", "Lantern", "Larch", "Laurel", "Linden", "Magnolia",
    "Maple", "Marble", "Meridian", "Mesa", "Northfield", "Oak", "Onyx", "Orchard", "Osprey", "Pebble", "Pine",
    "Prairie", "Quarry", "Quartz", "Redwood", "Ridge", "River", "Saffron", "Sage", "Sequoia", "Silver",
    "Spruce", "Stone", "Summit", "Sycamore", "Tamarack", "Timber", "Topaz", "Valley", "Violet", "Walnut",
    "Westgate", "Willow", "Windmill",
)  # fmt: skip

LAST_WORDS = {
    "Manufacturing": ("Fabrication", "Machine Works", "Castings", "Plastics", "Tooling", "Controls"),
    "Healthcare": ("Health", "Medical Group", "Clinics", "Diagnostics", "Care Partners", "Therapeutics"),
    "Retail": ("Outfitters", "Markets", "Home Goods", "Supply", "Grocers", "Sporting"),
    "Logistics": ("Freight", "Logistics", "Warehousing", "Couriers", "Transport", "Cold Storage"),
    "Energy": ("Energy", "Power", "Solar", "Utilities", "Pipelines", "Renewables"),
    "Education": ("Academy", "College", "Learning", "Schools", "Institute", "Publishing"),
}

GIVEN_NAMES = (
    "Ada", "Ben", "Carla", "Dev", "Elena", "Frank", "Grace", "Hugo", "Ines", "Jamal", "Kira", "Luis", "Mei", "Noor",
    "Omar", "Priya", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Viktor", "Wendy", "Xavier", "Yara", "Zane",
)  # fmt: skip

FAMILY_NAMES = (
    "Abbott", "Baptiste", "Castillo", "Dahl", "Eriksen", "Fontaine", "Gupta", "Hayashi", "Ivanov", "Jensen", "Kowalski",
    "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Vargas",
    "Weber", "Xu", "Young", "Zhang",
)  # fmt: skip
