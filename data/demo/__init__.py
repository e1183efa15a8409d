"""The demo programme 2023年度三重一大项目: a deterministic generator of county-style workbooks (演示数据).

Source: the client's third text where it speaks; everything else is invented and marked 示例. What is drawn here are
figures, dates and words only: points, ranks, lights and outlooks come from the rules once the workbooks are imported.

- `projects.csv`: one row a project: name, origin (原文 | 示例), money, window, and the course of its figures
- `programme.toml`: units, people, words, and what happens besides the sheets: events, milestones, obstacles, issues
- `python -m data.demo` draws every workbook anew, the same bytes each time
"""
