"""The National Early Warning Score 2 of the Royal College of Physicians, on its first oxygen scale."""

from pydantic import BaseModel, Field


class Vitals(BaseModel):
    respiration: int = Field(ge=0, le=80, description="breaths per minute")
    oxygen: int = Field(ge=50, le=100, description="saturation in percent")
    supplemental: bool = Field(False, description="whether the patient is given oxygen")
    systolic: int = Field(ge=30, le=300, description="blood pressure in mmHg")
    pulse: int = Field(ge=0, le=300, description="beats per minute")
    alert: bool = Field(True, description="false for new confusion, or response to voice or pain only, or none")
    temperature: float = Field(ge=25, le=45, description="degrees Celsius")


# Upper bounds with their points; what lies above the last bound has the points after it.
RESPIRATION = ([(8, 3), (11, 1), (20, 0), (24, 2)], 3)
OXYGEN = ([(91, 3), (93, 2), (95, 1)], 0)
SYSTOLIC = ([(90, 3), (100, 2), (110, 1), (219, 0)], 3)
PULSE = ([(40, 3), (50, 1), (90, 0), (110, 1), (130, 2)], 3)
TEMPERATURE = ([(35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1)], 2)


def _points(bands: tuple, value: float) -> int:
    bounds, above = bands
    return next((points for bound, points in bounds if value <= bound), above)


def assess(vitals: Vitals) -> dict:
    parts = [
        _points(RESPIRATION, vitals.respiration),
        _points(OXYGEN, vitals.oxygen),
        2 if vitals.supplemental else 0,
        _points(SYSTOLIC, vitals.systolic),
        _points(PULSE, vitals.pulse),
        0 if vitals.alert else 3,
        _points(TEMPERATURE, vitals.temperature),
    ]
    score = sum(parts)
    if score >= 7:
        risk = "high"
    elif score >= 5:
        risk = "medium"
    else:
        risk = "low-medium" if 3 in parts else "low"
    return {"score": score, "risk": risk}
