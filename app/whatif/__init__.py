"""目标测算 (what-if): what the remaining months must score, and which scores and places are still open."""
