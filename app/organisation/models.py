"""Who there is: organisations, units with aliases, officials and their posts (组织、单位、领导)."""

from sqlmodel import Field, SQLModel, UniqueConstraint


class Organisation(SQLModel, table=True):
    """A county, town or body (组织) that programmes and decisions hang on."""

    __tablename__ = "organisations"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str = "县"  # 县 | 镇 | 企事业党组织


class Unit(SQLModel, table=True):
    """A township, department or company (责任单位、部门)."""

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id")
    name: str
    kind: str = ""  # 镇区 | 部门 | 企业 | ""


class UnitAlias(SQLModel, table=True):
    """Another spelling of a unit (简称): 月山 for 月山镇."""

    __tablename__ = "unit_aliases"
    __table_args__ = (UniqueConstraint("organisation_id", "alias"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id")
    unit_id: int = Field(foreign_key="units.id")
    alias: str


class Official(SQLModel, table=True):
    """A county leader or member of a unit's leadership (领导、班子成员)."""

    __tablename__ = "officials"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id")
    name: str
    post: str = ""  # 县委副书记 …
    unit_id: int | None = Field(default=None, foreign_key="units.id")
