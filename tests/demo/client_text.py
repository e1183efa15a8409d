"""The projects that the client's third text names, sorted as DEMO sorts them: state → class → names."""

INDUSTRY, CITY, FARM, PEOPLE = "重大工业和服务业项目", "重大基础设施和城建项目", "农业农村重点项目", "为民实事工程"

DONE = {
    INDUSTRY: """
        华丰铝板带技改 红日光伏发电 立澜光伏发电 东方运销洗煤 汉润环锭纺一期 江龙碳材石墨压型 欧凯氟密封件 鹏宇环锭纺
    """,
    CITY: "萧何路综合改造 正阳路北延景观工程 东环路下穿孔庄矿铁路专用线 西环路及郑路修复",
    FARM: "杨屯镇水产科技园 龙固镇猕猴桃种植园 朱寨镇天瑞肉羊养殖 高标准基本农田建设土地整治工程",
}
EXPECTED = {
    INDUSTRY: "中宇黑硅电池片扩建 天安干熄焦及余热发电 天旭煤焦油及粗苯加氢 开发区科技创业园 鑫强炼钢 华宇商业步行街",
    CITY: "龙城输变电工程",
    FARM: "张庄镇中意生态肉鸭健康养殖 鹿楼镇沙河桥家庭农场 下级湖抬高蓄水位影响处理工程 农村产权交易中心规范完善",
}
EXPECTED_WITH_OBSTACLE = {
    INDUSTRY: """
        鼓楼国际广场 汉铝铝型材 嘉寓门窗玻璃幕墙 厵馫奶制品 苏新光伏二期 鑫福纤维二期 万润纺织 雨润城市综合体
        新城商务东区商业B区
    """,
    CITY: "徐快速通道段 汉源大道改造 汉城南路改造 城区主干道外立面改造工程",
    PEOPLE: "实验小学新建工程",
}
UNLIKELY = {INDUSTRY: "梅亿电动车 苏新光伏发电 中材联建光伏发电 诚强机电产业园 国运矿山机械配件"}
OUTSIDE = {
    INDUSTRY: "华润天能城矿技改 中润东方广场 顺泰纺织 汉源大市场 绿能变频器及电动汽车发电机",
    FARM: "朱寨镇玉盛种植家庭农场设施农业扩建",
}


def names(table: dict[str, str]) -> set[str]:
    return {name for listed in table.values() for name in listed.split()}


NAMED = {
    name: class_name
    for table in (DONE, EXPECTED, EXPECTED_WITH_OBSTACLE, UNLIKELY, OUTSIDE)
    for class_name, listed in table.items()
    for name in listed.split()
}
